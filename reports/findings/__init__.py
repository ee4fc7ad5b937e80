"""What may be claimed: rules in, sentences out."""
