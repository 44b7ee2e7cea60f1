"""Releases of the issue's sizes, each with a random network to read typed sentences."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.network.checkpoint_files import save_checkpoint
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.viewer.made_up_release import NEVER, Floats, Ints, MadeUp, publish_made_up
from warehouse.atomic_files import sha256_of_file
from warehouse.storage import Storage

_BASE = MadeUp()
_KNOWN = _BASE.words()[:-1]
_ENDINGS = ("", "oid", "ette", "ish")


@dataclass(frozen=True)
class Sized(MadeUp):
    """``num_words`` clustered words, and one that never occurs: a part of the usual words, or these
    again with other endings."""

    tagged: bool = False
    cluster_counts: tuple[int, ...] = (*range(2, 10), *range(11, 21), 10)
    num_tokens: int = 6000

    @property
    def known(self) -> Ints:
        """int64[words]: which of the usual words each one is."""
        count = self.num_words - 1
        if count <= len(_KNOWN):
            return np.arange(count) * len(_KNOWN) // count
        return np.arange(count) % len(_KNOWN)

    def words(self) -> list[str]:
        rounds = np.arange(len(self.known)) // len(_KNOWN)
        pairs = zip(self.known, rounds, strict=True)
        return [*(f"{_KNOWN[word]}{_ENDINGS[again]}" for word, again in pairs), NEVER]

    def word_ids(self) -> npt.NDArray[np.int32]:
        count = self.num_words - 1
        ids = self.random("words").integers(0, count, self.num_tokens)
        ids[:count] = np.arange(count)
        return ids.astype(np.int32)

    def responses(self, layer: int, state: str) -> Floats:
        usual = super().responses(layer, state)[self.known]
        noise = self.random("again", layer, state).normal(0, 0.03, usual.shape)
        return (usual + noise).astype(np.float32)

    def clusters(self, k: int) -> tuple[Ints, Ints]:
        units, words = super().clusters(k)
        return units, words[self.known]


USUAL = Sized(name="usual", num_units=600, num_words=501)
LARGEST = Sized(
    name="largest", num_layers=1, num_units=2000, num_words=1001,
    cluster_counts=(*range(2, 20), 20),
)  # fmt: skip
WIDEST = Sized(
    name="widest", num_layers=1, num_units=4096, num_words=1001, heads=32, cell="gated_delta_net",
    affinities=("signed",), cluster_counts=(*range(2, 20), 20),
)  # fmt: skip
"""A layer of 32 heads of 128 channels, without a network that could read typed sentences."""
SMALL = Sized(name="small", num_layers=1, num_units=200, num_words=301)
SIZES = (USUAL, LARGEST)


def _configuration(spec: Sized) -> ModelConfig:
    return ModelConfig.model_validate(
        {
            "dataset": spec.dataset, "cell": spec.cell, "num_layers": spec.num_layers,
            "hidden_size": spec.num_units, "embedding_size": spec.num_units,
            "training": {"epochs": 1, "batch_size": 20, "learning_rate": 0.001},
        }
    )  # fmt: skip


def _save_network(storage: Storage, spec: Sized) -> str:
    """Saves a random network of the release's shape; returns the digest of its weights."""
    config = _configuration(spec)
    network = RecurrentNetwork(config, spec.num_words, spec.num_words)
    initialise(network, seed=1, forget_bias=1.0)
    described = {
        "model": config.model_dump(mode="json", exclude={"description", "analysis"}),
        "dataset": spec.dataset, "task": spec.task, "classes": [],
        "vocabulary_size": spec.num_words, "vocabulary_sha256": "0" * 64,
        "num_outputs": spec.num_words, "precision": "float32", "device": "cpu", "versions": {},
    }  # fmt: skip
    weights, _ = save_checkpoint(storage.checkpoint(spec.name), network.state_dict(), described)
    return sha256_of_file(weights)


def publish_sized(storage: Storage, spec: Sized) -> None:
    """Publishes the release and saves its network, if it has one."""
    network = {} if spec.heads else {"weights_sha256": _save_network(storage, spec)}
    publish_made_up(storage, spec, **network)
