"""The command line: what can be typed, and what is printed. What is heavy is imported where it is used."""
