"""One sub-package per stage of the analysis, from text to published tables.

Each holds pure modules, which take arrays and paths and return dataclasses; ``<name>_stage.py``,
which reads a stage's inputs and writes its outputs; and ``<name>_asset.py``, which says how Dagster
shows it.
"""

import os

# Threads that wait for others sleep. OpenMP's default lets them spin, which made training 15 times
# slower next to a busy program. Only this package imports torch, whose OpenMP reads the variable
# once, when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
