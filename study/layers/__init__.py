"""What families build from: layers with plain arguments. Knows no family, no parameters, no training."""
