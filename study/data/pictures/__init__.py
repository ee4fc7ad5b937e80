"""Picture files: which there are, how each is decoded, and into which form the whole data set is brought."""
