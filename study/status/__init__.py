"""How far a stored study is, what its best is, and what its models predict."""
