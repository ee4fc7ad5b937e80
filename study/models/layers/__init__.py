"""What models build from: layers with plain arguments. Knows no model, no parameters, no training."""
