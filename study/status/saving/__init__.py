"""Takes a trained model out of a study, as a file that other programs open. Trains nothing."""

from study.status.saving.saved import ENDINGS, Saved, save_model

__all__ = ["ENDINGS", "Saved", "save_model"]
