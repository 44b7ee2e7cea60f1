"""The training state: all that a killed run needs in order to go on as if nothing had happened.

One safetensors file, replaced atomically: weights, best weights, the optimiser's numbers, the
carried hidden state and the random generators as tensors; progress as JSON in the metadata. A
fingerprint says what run it belongs to, and the origin what it was made with: a finished run is
taken over from any machine, one that is under way goes on where it would have come out the same. A
checksum covers all of it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rnnvis_assets.checkpoint.hardware import Origin
from rnnvis_assets.configuration.model_config import ModelConfig, training_settings
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.engine.stage import Report
from rnnvis_assets.network.checkpoint_files import write_tensors
from warehouse.checked_json import CHECKSUM
from warehouse.errors import CheckpointError, TrainingError

STATE_FILE = "training_state.safetensors"
SAVE_SECONDS = 30.0
FORMAT = 3

SaveDue = Callable[[int, float], bool]
"""Whether to save after so many steps and seconds since the last save."""


def every_seconds(interval: float) -> SaveDue:
    """Saves whenever ``interval`` seconds have passed."""
    return lambda _, seconds: seconds >= interval


@dataclass(frozen=True)
class SavedState:
    """Tensors by name, what made them, and what else is known, as JSON can hold it."""

    tensors: Mapping[str, Tensor]
    origin: Origin
    facts: Mapping[str, Any]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors named ``<prefix>.<name>``, by name."""
        return {
            key.removeprefix(f"{prefix}."): tensor
            for key, tensor in self.tensors.items()
            if key.startswith(f"{prefix}.")
        }


def training_fingerprint(corpus: Corpus, config: ModelConfig) -> str:
    """Hash of what is trained on what: with an equal ``Origin`` too, equal weights (on a CPU)."""
    digest = sha256(
        json.dumps(
            [FORMAT, training_settings(config), corpus.vocabulary.sha256, corpus.classes],
            sort_keys=True,
        ).encode()
    )
    for name in ("train", "validation"):
        split = corpus.splits[name]
        for array in (split.word_ids, split.sentence_offsets, split.labels):
            if array is not None:
                digest.update(array.tobytes())
    return digest.hexdigest()


def write_state(path: Path, fingerprint: str, state: SavedState) -> None:
    """Replaces the file at ``path``.

    Raises TrainingError, and leaves the file as it is, where a number of the weights is not finite;
    StorageError where the disk is full.
    """
    bad = [name for name, tensor in state.tensors.items() if not bool(tensor.isfinite().all())]
    if bad:
        step = state.facts["progress"]["step"]
        raise TrainingError(f"after step {step}: {', '.join(bad)} hold numbers that are not finite")
    metadata = {
        "fingerprint": fingerprint,
        "origin": json.dumps(asdict(state.origin)),
        "facts": json.dumps(state.facts),
    }
    checksum = _checksum(state.tensors, metadata)
    write_tensors(path, state.tensors, {**metadata, CHECKSUM: checksum})


def _checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    shapes = {name: [str(each.dtype), *each.shape] for name, each in tensors.items()}
    digest = sha256(json.dumps([metadata, shapes], sort_keys=True).encode())
    for _, tensor in sorted(tensors.items()):
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]


def read_state(path: Path, fingerprint: str, origin: Origin, report: Report) -> SavedState | None:
    """The state of the run with this fingerprint, or None where there is none that can go on as
    training by ``origin``; then ``report`` hears why, unless there is no file at all."""
    if not path.exists():
        return None
    try:
        found, state = _read(path)
    except CheckpointError as error:
        report(f"{error}; training starts afresh")
        return None
    if found != fingerprint:
        report(f"{path.name} belongs to another configuration or corpus; training starts afresh")
        return None
    if not state.facts["progress"]["finished"] and not origin.repeats(state.origin):
        report(
            f"{path.name} holds a run that was begun on {state.origin} and would come out "
            f"otherwise on {origin}; training starts afresh"
        )
        return None
    return state


def is_trained(path: Path, fingerprint: str) -> bool:
    """Whether the state is of a finished run with this fingerprint."""
    try:
        found, state = _read(path)
    except CheckpointError:
        return False
    return found == fingerprint and bool(state.facts["progress"]["finished"])


def state_fault(path: Path) -> str | None:
    """Why the file cannot be read, in words; None where it can."""
    try:
        _read(path)
    except CheckpointError as error:
        return error.message
    return None


def _require_checksum(found: str | None, expected: str) -> None:
    """A state of an earlier version has none."""
    if found not in (None, expected):
        raise ValueError("its checksum does not fit its content")


def _read(path: Path) -> tuple[str, SavedState]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        _require_checksum(metadata.pop(CHECKSUM, None), _checksum(tensors, metadata))
        origin = Origin(**json.loads(metadata["origin"]))
        return metadata["fingerprint"], SavedState(tensors, origin, json.loads(metadata["facts"]))
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} is damaged or cut short: {error}") from error
