"""How a report is written: one document, and its forms."""
