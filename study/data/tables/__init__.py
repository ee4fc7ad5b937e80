"""Tables with named columns: reading them, their inputs, and what is learned from them."""
