"""What each word adds to the classes that an imported network returns, by integrated gradients
(Sundararajan et al. 2017): for any head that ``forward`` computes them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from rnnvis_assets.model_import.reading.predictor import logits_of_text
from rnnvis_assets.model_import.reading.returned_value import ReturnedValue
from rnnvis_assets.network.integrated_gradients import STEPS, path_fractions
from warehouse.arrays import Float32Array
from warehouse.errors import ImportedModelError


class _ScaledEmbedding(TorchFunctionMode):
    """While the block lasts, an embedding gives ``fraction`` of what it does: ``ids`` are those
    that entered it, ``embedded`` what it gave of them, and ``scaled`` what it gives instead."""

    def __init__(self, embedding: nn.Embedding, fraction: Tensor) -> None:
        super().__init__()
        self._weight, self._fraction = embedding.weight, fraction
        self.ids: list[Tensor] = []
        self.embedded: list[Tensor] = []
        self.scaled: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        given = func(*args, **(kwargs or {}))
        if func is not functional.embedding or args[1] is not self._weight:
            return given
        self.ids.append(args[0].reshape(-1))
        self.embedded.append(given.detach())
        self.scaled.append((self._fraction * self.embedded[-1]).requires_grad_())
        return self.scaled[-1]


@dataclass(frozen=True)
class ForwardGradients:
    """The integrated gradients of what ``forward`` returns as ``value``, on the path from zero to
    what the ``embedding`` of the words gives; over a document they add up to about the logits less
    those of as many zero embeddings."""

    reader: NetworkReader
    value: ReturnedValue
    embedding: nn.Embedding

    def __call__(self, word_ids: Tensor) -> Float32Array:
        """float32[documents, words, classes] of documents of one length, int64[documents, words].

        Raises ImportedModelError where ``forward`` cannot be differentiated.
        """
        pieces = [self._read(some) for some in torch.split(word_ids, self.reader.largest_batch)]
        return np.concatenate(pieces)

    def _read(self, words: Tensor) -> Float32Array:
        filled, _ = self.reader.fill(words)
        added = torch.stack([self._at(filled, each) for each in path_fractions(STEPS)]).mean(dim=0)
        found: Float32Array = added[: len(words)].numpy()
        return found

    def _at(self, words: Tensor, fraction: Tensor) -> Tensor:
        """float[documents, words, classes]: the gradients at one point of the path, times what the
        embedding gives."""
        with torch.enable_grad(), _ScaledEmbedding(self.embedding, fraction) as found:
            returned, _ = self.reader.run(words)
            logits = logits_of_text(self.value.logits(returned, *words.shape))
        by_class = []
        try:
            for logit in logits.sum(dim=0):
                gradients = torch.autograd.grad(logit, found.scaled, retain_graph=True)
                pairs = zip(gradients, found.embedded, strict=True)
                by_class.append(torch.cat([(g * e).sum(-1).reshape(-1) for g, e in pairs]))
        except RuntimeError as error:
            raise ImportedModelError(
                f"what forward returns cannot be differentiated by its words' embedding: {error}",
                repair="let it compute them without torch.no_grad() and detach()",
            ) from error
        return _in_order(torch.stack(by_class, dim=-1), torch.cat(found.ids), words)


def _in_order(added: Tensor, ids: Tensor, words: Tensor) -> Tensor:
    """float[documents, words, classes] of float[ids, classes], which entered one document after
    the other, or one step after the other."""
    if torch.equal(ids, words.reshape(-1)):
        return added.reshape(*words.shape, -1)
    if torch.equal(ids, words.t().reshape(-1)):
        return added.reshape(*words.t().shape, -1).transpose(0, 1)
    raise ImportedModelError(
        f"{len(ids)} ids enter its embedding for {words.numel()} words, or in another order, so no "
        "word's part in the classes is known",
        repair="let the words, and nothing else, enter the embedding",
    )
