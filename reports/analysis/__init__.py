"""What the numbers say: data frames in, data frames out."""
