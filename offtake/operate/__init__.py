"""Loop 3: place real jobs on real engines, and know for certain what became of them."""
