"""From what a user asked and what is stored to the plan of a study."""
