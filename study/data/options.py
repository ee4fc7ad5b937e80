"""How a data set is to be read: `study.options.data`, which the commands load without anything heavy."""

from study.options.data import AS_IT_IS, DataOptions, Impute, size_in_words

__all__ = ["AS_IT_IS", "DataOptions", "Impute", "size_in_words"]
