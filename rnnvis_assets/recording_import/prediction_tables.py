"""What the network expected after each token and chose for each sentence, where that is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.network.external_predictions import CHOICES, NEXT_WORDS, given_path
from rnnvis_assets.network.recurrent_network import perplexity
from rnnvis_assets.recording_import.checks.recording_faults import FaultError, Tally
from rnnvis_assets.recording_import.contents.recording_contents import Prepared
from rnnvis_assets.recording_import.contents.recording_sources import PREDICTIONS
from rnnvis_assets.recording_import.formats.array_source import Array, Source
from warehouse.parquet_tables import open_table_writer, write_table

_ROWS = 1 << 16


@dataclass
class NextWordReader:
    """The predictions of next words that are among ``names``, block by block, checked as they
    pass."""

    prepared: Prepared
    names: tuple[str, ...] = PREDICTIONS
    log_likelihood: float = 0.0
    told: int = 0

    def __post_init__(self) -> None:
        given = self.prepared.opened.of_tokens
        self.sources = {name: given[name] for name in self.names if name in given}
        self._tallies = {name: self._rule(name, source) for name, source in self.sources.items()}

    @property
    def _largest_id(self) -> int:
        """Any will do where the vocabulary cannot be read, which is told of itself."""
        return (len(self.prepared.opened.words) or np.iinfo(np.int32).max) - 1

    def _rule(self, name: str, source: Source) -> Tally:
        if name == "top_words":
            expected = f"ids from 0 to {self._largest_id:,}, as word_id has"
            return Tally(source.place, expected, "write the ids of words")
        return Tally(source.place, "a share from 0 to 1", "write probabilities, not logits")

    def blocks(self) -> Iterator[Mapping[str, Array]]:
        """All predictions; faults go to ``prepared``, at the end."""
        streams = (source.blocks(_ROWS) for source in self.sources.values())
        first = 0
        try:
            for arrays in zip(*streams, strict=True):
                block = dict(zip(self.sources, arrays, strict=True))
                self._watch(block, first)
                yield block
                first += len(arrays[0])
        except FaultError as error:
            self.prepared.faults.append(error.fault)
        for tally in self._tallies.values():
            self.prepared.faults.extend(tally.faults)

    def _watch(self, block: Mapping[str, Array], first: int) -> None:
        for name, values in block.items():
            most = self._largest_id if name == "top_words" else 1
            self._tallies[name].take((values < 0) | (values > most), values, first)
        if "next_probability" in block:
            shares = block["next_probability"]
            shares = shares[np.isfinite(shares)].astype(np.float64)
            self.told += len(shares)
            with np.errstate(divide="ignore", invalid="ignore"):  # 0 was thought impossible
                self.log_likelihood += float(np.log(shares).sum())

    @property
    def figures(self) -> dict[str, float]:
        """Loss in nats and perplexity of what is told; nothing where nothing is."""
        if not self.told:
            return {}
        loss = -self.log_likelihood / self.told
        return {"loss": loss, "perplexity": perplexity(loss)}


def check_predictions(prepared: Prepared) -> None:
    """Tells what of them is wrong, of each array by itself: one that breaks off hides no other."""
    for name in NextWordReader(prepared).sources:
        for _ in NextWordReader(prepared, names=(name,)).blocks():
            pass


def write_predictions(
    prepared: Prepared, folder: Path
) -> tuple[tuple[Path, ...], dict[str, float]]:
    """Keeps them in a checkpoint's folder; returns the files, and how good the predictions are."""
    files, figures = [], {}
    reader = NextWordReader(prepared)
    if reader.sources:
        files.append(given_path(folder, NEXT_WORDS))
        with open_table_writer(files[-1], NEXT_WORDS) as writer:
            for block in reader.blocks():
                writer.write({name: _with_nulls(block.get(name)) for name in PREDICTIONS})
        figures = reader.figures
    claims = prepared.claims
    if prepared.task == "classification" and claims.predicted is not None:
        files.append(given_path(folder, CHOICES))
        predicted = np.ma.masked_less(claims.predicted, 0)
        columns = {"predicted": predicted, "probability": _with_nulls(claims.probabilities)}
        write_table(files[-1], CHOICES, columns)
        if claims.labels is not None:
            figures["accuracy"] = float(np.ma.mean(predicted == claims.labels))
    return tuple(files), figures


def _with_nulls(values: Array | None) -> Any:
    """A share a token, null where it is NaN; lists as they are."""
    if values is None or values.ndim > 1:
        return values
    return np.ma.masked_invalid(values)
