"""What every worker needs, imported before any trial begins: by the server that workers are forked from, or by each.

PyTorch imports `torch._dynamo` when the first optimizer is made, which takes seconds; they would be counted as the
first epoch's of whichever trial is a worker's first.
"""

import torch._dynamo  # noqa: F401 - as the docstring says

import study.engines.trial_runner  # noqa: F401 - with torch and the training
