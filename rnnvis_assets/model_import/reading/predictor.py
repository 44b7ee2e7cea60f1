"""What an imported network predicts: by its own returned value wherever that can be had, else by a
linear layer over its last h."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from rnnvis_assets.configuration.external_model_config import Output
from rnnvis_assets.model_import.reading.network_readers import NetworkReader, of_one, rows_of
from rnnvis_assets.model_import.reading.output_layer import (
    LastHidden,
    LinearUse,
    fits,
    matching_layer,
    unchecked_layer,
)
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.returned_value import ReturnedValue, find_returned
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.recording.layer_states import FirstStates
from warehouse.errors import ImportedModelError, near_miss

_same = partial(torch.allclose, rtol=1e-3, atol=1e-5)
_NAME_IT = "name the layer that predicts (--setting output.layer=PATH)"


@dataclass(frozen=True)
class Predictor:
    """Predicts the next word after every word (``per_word``), or the class of a text.

    ``value`` says how the predictions are read from what ``forward`` returns; where it is None they
    are computed with ``layer``, which also says how much each word adds to them. ``whole``: each
    sequence has to be read in one go.
    """

    reader: NetworkReader
    per_word: bool
    value: ReturnedValue | None
    layer: OutputLayer | None
    whole: bool = True

    @property
    def largest_batch(self) -> int:
        """The most sequences that are read at once."""
        return self.reader.largest_batch

    @torch.inference_mode()
    def predict(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Tensor, LayerwiseStates]:
        """Logits float[batch, steps, words] or float[batch, classes] for int64[batch, steps] words,
        and the states after them."""
        if self.value is not None:
            filled, states = self.reader.fill(words, before)
            returned, after = self.reader.run(filled, states)
            logits = self.value.logits(returned, *filled.shape)
            logits = logits if self.per_word else logits_of_text(logits)
            return logits[: len(words)], rows_of(after, slice(len(words)))
        assert self.layer is not None
        read = self.reader.read(words, before)
        last = LastHidden.of(self.reader.shapes, read)
        return self.layer.decode(last.entering(self.per_word)), self.reader.last_states(read)

    def logits_after(self, word_ids: Sequence[int], *, before: FirstStates | None = None) -> Tensor:
        """float[words, outputs] after each of a sequence of words; of a classifier, those of a
        document that ends with it."""
        words, first = torch.tensor([word_ids], dtype=torch.int64), of_one(before)
        if self.per_word:
            return self.predict(words, first)[0][0]
        ends = range(1, len(word_ids) + 1)
        return torch.cat([self.predict(words[:, :end], first)[0] for end in ends])


def logits_of_text(logits: Tensor) -> Tensor:
    """float[batch, outputs], of logits after every word those after the last."""
    return logits if logits.dim() == 2 else logits[:, -1]


@dataclass(frozen=True)
class Found:
    """A network's predictor, None where nothing predicts; ``note`` says why, or what is missing.
    ``value`` is the returned one that it was compared with."""

    predictor: Predictor | None
    note: str = ""
    value: ReturnedValue | None = None


class PredictorSearch:
    """Looks for how a network with so many ``outputs`` predicts, compared on int64[batch, steps]
    ``words``, among what it returns and its ``linear`` layers."""

    def __init__(
        self,
        reader: NetworkReader,
        linear: Mapping[str, LinearUse],
        words: Tensor,
        outputs: int,
        per_word: bool,
    ) -> None:
        self.reader, self.linear, self.outputs = reader, linear, outputs
        self.words, self.per_word = words[: reader.largest_batch], per_word
        self.last = LastHidden.of(reader.shapes, reader.read(self.words))

    def find(self, settings: Output) -> Found:
        """Raises ImportedModelError where the settings name a layer that cannot be it, or a meaning
        that nothing has."""
        named = settings.layer
        if named is not None:
            self._require_fitting(named)
        values, reason = self._values()
        found = self._choose(named, values, reason)
        if found.predictor is None and (named or settings.meaning):
            raise ImportedModelError(
                f"output: {found.note}", repair=f"{_NAME_IT}, or --setting output.meaning=none"
            )
        rivals = "" if named or found.value is None else self._rivals(found.value, values)
        return replace(found, note="; ".join(filter(None, (found.note, rivals))))

    def _require_fitting(self, named: str) -> None:
        if named not in self.linear:
            choices = f"{', '.join(self.linear) or 'none'}{near_miss(named, self.linear)}"
            raise ImportedModelError(
                f"output.layer: found no linear layer at {named!r}, only {choices}",
                repair="name one of them, or leave output.layer out",
            )
        found, units = self.linear[named].weight.shape, self.last.units
        if not fits(self.linear[named], units, self.outputs):
            raise ImportedModelError(
                f"output.layer: {named} leads from {found[1]} to {found[0]}, expected from the "
                f"{units} units of {' and '.join(shape.name for shape in self.last.shapes)} to "
                f"{self.outputs} outputs",
                repair="name another layer, or leave output.layer out",
            )

    def _choose(self, named: str | None, values: Sequence[ReturnedValue], reason: str) -> Found:
        wanted = self.linear if named is None else {named: self.linear[named]}
        for value in values:
            logits = self._logits(value)
            layer = matching_layer(wanted, self.last, logits, self.outputs)
            if layer is not None and not self.per_word and not self.reader.starts_from_zero:
                note = "it starts from a learned state, so words do not add up to its logits"
                return self._found(value, None, note)
            if layer is not None:
                kept = value if self._is_handy(value) else None
                return replace(self._found(kept, layer), value=value)
        if named is not None and (not values or not self.linear[named].called):
            note = f"forward returns nothing that {named} could be compared with"
            return self._found(None, unchecked_layer(self.linear[named], self.outputs), note)
        for value in values:
            reason = self._obstacle(value)
            if not reason:
                note = "it is not a linear layer over the last h, so no word's part in it is known"
                return self._found(value, None, note)
        return Found(None, reason)

    def _found(
        self, value: ReturnedValue | None, layer: OutputLayer | None, note: str = ""
    ) -> Found:
        whole = not self._in_pieces or (value is not None and self._must_be_whole(value))
        return Found(Predictor(self.reader, self.per_word, value, layer, whole), note, value)

    def _rivals(self, taken: ReturnedValue, values: Sequence[ReturnedValue]) -> str:
        """A warning of other values of the same kind that predict something else; "" without."""
        expected, kind = self._logits(taken).softmax(-1), (taken.columns, taken.per_word)
        others = [
            value.place
            for value in values
            if (value.columns, value.per_word) == kind
            and not _same(self._logits(value).softmax(-1), expected)
        ]
        if not others:
            return ""
        return (
            f"warning: forward returns {len(others) + 1} tensors that may be its predictions, and "
            f"number {taken.place + 1} was taken; for another one, {_NAME_IT}, or return just that "
            "from a function (--setting input.call=FILE:FUNCTION)"
        )

    def _values(self) -> tuple[list[ReturnedValue], str]:
        try:
            values, reason = find_returned(self.reader, self.words, self.outputs)
        except ImportedModelError as error:
            if self.reader.runs_forward:
                raise
            return [], error.message
        values.sort(key=lambda v: (v.columns != self.outputs, v.per_word != self.per_word))
        return [value for value in values if not self._is_hidden(value)], reason

    def _is_hidden(self, value: ReturnedValue) -> bool:
        """Whether what is returned is h itself, which happens to have as many units."""
        logits, hidden = self._logits(value), self.last.entering(value.per_word)
        if not self.per_word and value.per_word:
            hidden = self.last.after_all()
        return logits.shape == hidden.shape and _same(logits, hidden)

    def _logits(self, value: ReturnedValue) -> Tensor:
        return self._predict(value, self.words)[0]

    def _predict(
        self, value: ReturnedValue, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Tensor, LayerwiseStates]:
        return Predictor(self.reader, self.per_word, value, None).predict(words, before)

    def _obstacle(self, value: ReturnedValue) -> str:
        """Why the value cannot be used for every word of a text; "" where it can."""
        if not self.per_word:
            return value.doubt
        if not value.per_word:
            return f"forward returns what follows the last word only; {_NAME_IT}"
        logits, changed = self._logits(value), self.words.clone()
        changed[:, -1] = torch.where(changed[:, -1] == changed.max(), changed.min(), changed.max())
        earlier = self._predict(value, changed)[0][:, :-1]
        if not _same(logits[:, :-1], earlier):
            return "what forward returns after a word depends on later words"
        return ""

    @property
    def _in_pieces(self) -> bool:
        """Whether sequences are read in pieces."""
        return self.per_word and self.reader.carries

    def _is_handy(self, value: ReturnedValue) -> bool:
        """Whether it can be used as easily as a layer."""
        if not self.per_word:
            return True
        return not (self._obstacle(value) or (self._in_pieces and self._must_be_whole(value)))

    def _must_be_whole(self, value: ReturnedValue) -> bool:
        """Whether what is returned after a word depends on where the text is cut before it."""
        if not (self._in_pieces and self.reader.continues):
            return True
        cut = self.words.shape[1] // 2
        first, after = self._predict(value, self.words[:, :cut])
        second, _ = self._predict(value, self.words[:, cut:], after)
        return not _same(self._logits(value), torch.cat([first, second], dim=1))
