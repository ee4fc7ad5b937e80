"""The project's own training loop: what is trained on what, and how."""
