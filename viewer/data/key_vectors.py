"""What one unit of a matrix memory holds after a word: its key vector, a number a key channel."""

from dataclasses import dataclass

import numpy as np

from viewer.data.memory_heads import heads_of
from viewer.data.release_cache import cached_by_release
from viewer.data.tokenized_sentence import text_of
from viewer.percentages import percent
from warehouse.arrays import Float32Array
from warehouse.errors import RecordingError
from warehouse.reader import Release

TYPED = (
    "The memory of a typed sentence is not kept: select a word of a recorded one to see what the "
    "unit holds."
)


@dataclass(frozen=True, eq=False)
class KeyVector:
    """A unit after a word: ``values`` float32[key_size]; ``decays`` float32[1 or key_size], what
    the word left of the memory before it; of its whole ``head``, the norm and the effective
    rank."""

    word: str
    unit: int
    head: int
    values: Float32Array
    decays: Float32Array
    norm: float
    effective_rank: float

    @property
    def caption(self) -> str:
        """The head in words; its decay where that is one number."""
        parts = [f"norm {self.norm:.3g}"]
        if np.isfinite(self.effective_rank):
            parts.append(f"effective rank {self.effective_rank:.1f}")
        if len(self.decays) == 1:
            parts.append(f"{percent(self.decays[0], 1)} kept of what was there before")
        return f"Its head {self.head}: {', '.join(parts)}."


@cached_by_release
def key_vector(
    release: Release, layer: int, unit: int, sentence: int | str, position: int
) -> KeyVector:
    """Replays the head of a unit up to a word of a recorded sentence.

    Raises RecordingError for a typed sentence, and where the factors next to the recording cannot
    be read. Reads the sequence up to there, and imports PyTorch: call it from a thread.
    """
    if isinstance(sentence, str):
        raise RecordingError(TYPED)
    words = text_of(release, sentence).words
    if not 0 <= position < len(words):
        raise RecordingError(f"found word {position}, expected one of {len(words)}")
    from rnnvis_assets.matrix_memory.head_memory import read_head_memory

    first = heads_of(release, layer)["first_unit"]
    head = int(np.searchsorted(first, unit, side="right")) - 1
    token = int(release.sentences.tokens(sentence)["token"][position].as_py())
    found = read_head_memory(release.recording(), layer, head, token, token + 1)
    return KeyVector(
        word=words[position],
        unit=unit,
        head=head,
        values=found.key_vectors(unit - int(first[head]))[-1].copy(),
        decays=found.decay.prod(axis=0),
        norm=float(found.norm[-1]),
        effective_rank=float(found.effective_rank[-1]),
    )
