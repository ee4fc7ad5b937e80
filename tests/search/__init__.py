"""The search: what is tried next, and who goes on."""
