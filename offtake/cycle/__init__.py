"""The cycle: what joins the loops, from a plan to what it is tested and learnt by."""
