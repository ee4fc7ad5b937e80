"""Hyperparameter search and ablation studies for image classifiers.

The engine: command -> plan -> search -> runner -> training -> database. What is tuned is declared in
`search_spaces`; what is learned from it is told by `reports`, from the trial database alone.
"""

__version__ = "0.1.0"
