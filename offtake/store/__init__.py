"""The store: facts as recorded and books that are only added to, in SQLite or PostgreSQL."""
