"""The embedding of a network from elsewhere: which one words enter, and whether it fits them."""

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from rnnvis_assets.model_import.reading.network_readers import HookedReader, Reader
from warehouse.errors import ImportedModelError, near_miss

_PROBE_STEPS = 5
_GIVE_ITS_OWN = (
    "give the words that the network was trained with, in the order of their ids (vocabulary.file)"
)


def embedding_size(network: object, reader: Reader, path: str | None, num_words: int) -> int | None:
    """The size of a word's embedding; None where there is none, or words enter several.

    Raises ImportedModelError where one that words enter has more or fewer rows than there are
    words.
    """
    modules = dict(network.named_modules()) if isinstance(network, nn.Module) else {}
    there = {p: m for p, m in modules.items() if isinstance(m, nn.Embedding)}
    if path is not None and path not in there:
        raise ImportedModelError(
            f"embedding: found {path!r}, expected one of {', '.join(there) or 'none'}"
            f"{near_miss(path, there)}"
        )
    chosen = {p: m for p, m in there.items() if path in (None, p)}
    if len(chosen) > 1:
        chosen = _entered_by_words(chosen, reader, num_words)
    for place, embedding in chosen.items():
        if embedding.num_embeddings != num_words:
            raise ImportedModelError(
                f"the vocabulary has {num_words:,} words, the embedding {place!r} "
                f"{embedding.num_embeddings:,} rows",
                repair=f"{_GIVE_ITS_OWN}, or name the right embedding",
            )
    sizes = [int(embedding.embedding_dim) for embedding in chosen.values()]
    return sizes[0] if len(sizes) == 1 else None


def require_room(reader: Reader, num_words: int) -> None:
    """Reads the last of the words, whatever they enter. Raises ImportedModelError where the network
    cannot."""
    words = torch.arange(_PROBE_STEPS) % num_words
    words[-1] = num_words - 1
    try:
        reader.read(words.unsqueeze(0))
    except ImportedModelError as error:
        raise ImportedModelError(
            f"the vocabulary has {num_words:,} words, of which the network cannot read the last: "
            f"{error.message}",
            repair=_GIVE_ITS_OWN,
        ) from error


def _entered_by_words(
    embeddings: Mapping[str, nn.Embedding], reader: Reader, num_words: int
) -> dict[str, nn.Embedding]:
    """Those that are given the words' own ids, and not, say, their letter case."""
    if not isinstance(reader, HookedReader):
        return {}
    entered: dict[str, list[Tensor]] = defaultdict(list)
    words = torch.arange(_PROBE_STEPS) % num_words
    handles = [
        embedding.register_forward_pre_hook(
            lambda _, args, place=place: entered[place].append(args[0].reshape(-1))
        )
        for place, embedding in embeddings.items()
    ]
    try:
        reader.read(words.unsqueeze(0))
    finally:
        for handle in handles:
            handle.remove()
    return {
        place: embedding
        for place, embedding in embeddings.items()
        if entered[place] and torch.equal(torch.cat(entered[place]), words)
    }
