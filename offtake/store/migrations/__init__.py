"""How the tables of a store came about, step by step; what was released is never changed."""
