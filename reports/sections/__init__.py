"""One module a section of the report: its tables (frame -> frame) and how they and their figures are told."""
