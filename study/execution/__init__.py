"""Hands trials out to an engine, and records what comes back."""
