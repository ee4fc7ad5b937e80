"""How many workers a coordinator serves, and how many trials it carries: see `__main__`."""
