"""The embedding of an imported network: which one words enter, and whether all have a row."""

import torch
from torch import nn

from rnnvis_assets.model_import.reading.network_readers import NetworkReader, probe_words
from rnnvis_assets.model_import.reading.weight_probe import WeightProbe
from warehouse.errors import ImportedModelError, near_miss

_GIVE_ITS_OWN = (
    "give the words that the network was trained with, in the order of their ids "
    "(--vocabulary FILE)"
)


def embedding_size(
    network: object, probe: WeightProbe, path: str | None, num_words: int
) -> int | None:
    """The size of a word's embedding; None where there is none, or words enter several.

    Raises ImportedModelError where one that words enter has more or fewer rows than there are
    words.
    """
    modules = dict(network.named_modules()) if isinstance(network, nn.Module) else {}
    found = {p: m for p, m in modules.items() if isinstance(m, nn.Embedding)}
    if path is not None and path not in found:
        raise ImportedModelError(
            f"embedding: found {path!r}, expected one of {', '.join(found) or 'none'}"
            f"{near_miss(path, found)}"
        )
    chosen = {p: m for p, m in found.items() if path in (None, p)}
    if len(chosen) > 1:
        chosen = {p: m for p, m in chosen.items() if _receives_words(m, probe)}
    for place, embedding in chosen.items():
        if embedding.num_embeddings != num_words:
            raise ImportedModelError(
                f"the vocabulary has {num_words:,} words, the embedding {place!r} "
                f"{embedding.num_embeddings:,} rows",
                repair=f"{_GIVE_ITS_OWN}, or name the right embedding",
            )
    sizes = [int(embedding.embedding_dim) for embedding in chosen.values()]
    return sizes[0] if len(sizes) == 1 else None


def _receives_words(embedding: nn.Embedding, probe: WeightProbe) -> bool:
    """Whether it receives the ids of words, and not, say, of their letter case."""
    ids = [entered.reshape(-1) for entered, *_ in probe.embedding.using(embedding.weight)]
    return bool(ids) and torch.equal(torch.cat(ids), probe.words)


def require_room(reader: NetworkReader, num_words: int) -> None:
    """Reads the last of the words. Raises ImportedModelError where the network cannot."""
    words = probe_words(num_words, batch=1).clone()
    words[0, -1] = num_words - 1
    try:
        reader.read(words)
    except ImportedModelError as error:
        raise ImportedModelError(
            f"the vocabulary has {num_words:,} words, of which the network cannot read the last: "
            f"{error.message}",
            repair=_GIVE_ITS_OWN,
        ) from error
