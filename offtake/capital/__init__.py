"""Own, lease or rent, and what a lease is in the books: pure functions of money and time."""
