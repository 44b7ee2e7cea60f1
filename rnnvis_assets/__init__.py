"""One sub-package per stage of the analysis, from text to published tables.

Each holds pure modules, which take arrays and paths and return dataclasses; ``stage.py``, which
reads a stage's inputs and writes its outputs; and ``assets.py``, its thin Dagster wrapper.
"""
