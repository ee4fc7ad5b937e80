"""The training of a model that trains itself: what it is given, and what it tells."""
