"""The commands: each parses, calls one function and prints. Everything heavy is imported where it is used."""
