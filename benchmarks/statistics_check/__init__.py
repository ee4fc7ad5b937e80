"""The verdicts on ablations against studies whose truth is known: `python -m benchmarks.statistics_check`."""
