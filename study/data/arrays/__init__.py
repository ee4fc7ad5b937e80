"""Files of arrays: which array is what, and what inputs and targets they hold."""
