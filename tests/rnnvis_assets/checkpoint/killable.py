"""Trains in a process of its own, for a test to kill: ``python killable.py text|reviews STATE``."""

import sys
from pathlib import Path

from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from tests.rnnvis_assets.checkpoint.small_runs import (
    every_steps,
    make_config,
    make_reviews,
    make_text,
    run_training,
)

SAVE_EVERY = 3


def make_run(name: str) -> tuple[Corpus, ModelConfig]:
    if name == "text":
        return make_text(), make_config(tied_embedding=True, epochs=20)
    return make_reviews(), make_config(cell="gru", epochs=20)


if __name__ == "__main__":
    run_training(*make_run(sys.argv[1]), Path(sys.argv[2]), save_due=every_steps(SAVE_EVERY))
