"""One script a schema version; its revision is the version's number."""
