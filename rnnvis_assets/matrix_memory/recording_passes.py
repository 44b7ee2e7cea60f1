"""The two passes of ``record_memory`` over the blocks of a text."""

from collections.abc import Collection, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from rnnvis_assets.matrix_memory.factor_files import FactorWriter, StoredFactors, StoredLayer
from rnnvis_assets.matrix_memory.head_figures import HeadSums
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_replay import replay
from rnnvis_assets.matrix_memory.memory_source import MemorySource, TextInPieces
from rnnvis_assets.matrix_memory.sequence_blocks import SequenceBlock, padded_pieces
from rnnvis_assets.matrix_memory.word_states import RowBuffer, StateWriter, states_at_words
from warehouse.arrays import AnyArray, Float32Array, Int64Array
from warehouse.errors import RecordingError


class FirstPass:
    """The network reads: factors are stored, and counted in ``sums`` by layer; layers that remember
    a vector are recorded. Memories are to be read by ``num_readers`` readers a head."""

    def __init__(
        self,
        network: MemorySource,
        text: TextInPieces,
        states: StateWriter,
        files: FactorWriter,
        num_readers: int,
    ) -> None:
        self._network, self._text, self._states, self._files = network, text, states, files
        self._memories = {
            number: layer.memory
            for number, layer in enumerate(network.layers)
            if layer.memory is not None
        }
        self.sums = {
            number: HeadSums(memory, num_readers) for number, memory in self._memories.items()
        }

    def read(self, block: SequenceBlock) -> None:
        """Reads a block. Raises RecordingError for a factor or a state that is not finite."""
        layers = range(len(self._network.layers))
        rows = [block.pieces if n in self._memories else block.words for n in layers]
        buffers = [RowBuffer(len(each)) for each in rows]
        for batch in block.batches(self._text):
            with torch.no_grad():
                found = self._network.read(padded_pieces(self._text, batch))
            for layer, read in zip(layers, found, strict=True):
                tensors = read.tensors if isinstance(read, MemoryFactors) else read
                for row, sequence in enumerate(batch):
                    self._keep(layer, block, sequence, tensors, row, buffers[layer])
        for layer, buffer in enumerate(buffers):
            if layer in self._memories:
                self._store(layer, block, buffer.arrays)
            else:
                self._states.write(layer, block, buffer.arrays)

    def _keep(
        self,
        layer: int,
        block: SequenceBlock,
        sequence: int,
        tensors: Mapping[str, Tensor],
        row: int,
        buffer: RowBuffer,
    ) -> None:
        pieces = self._text.pieces_of(sequence)
        arrays = {name: each[row, : len(pieces)].cpu().numpy() for name, each in tensors.items()}
        if layer in self._memories:
            buffer.put(pieces.start - block.pieces.start, arrays)
        else:
            first = self._text.words_of(sequence).start - block.words.start
            buffer.put(first, states_at_words(arrays, self._text.first_pieces(sequence)))

    def _store(self, layer: int, block: SequenceBlock, arrays: Mapping[str, Float32Array]) -> None:
        pieces, words = block.pieces, block.words
        starts = self._text.starts[words.start : words.stop + 1]
        token = np.repeat(np.arange(words.start, words.stop), np.diff(starts))
        for name, values in arrays.items():
            if not np.isfinite(values.min()) or not np.isfinite(values.max()):
                self._refuse(layer, name, values, token)
        begins = np.zeros(len(pieces), bool)
        begins[[self._text.pieces_of(s).start - pieces.start for s in block.sequences]] = True
        factors = {name: torch.from_numpy(values)[None] for name, values in arrays.items()}
        self.sums[layer].add_factors(MemoryFactors(**factors), begins)
        sequence = np.searchsorted(self._text.sequences, token, side="right") - 1
        piece = self._text.pieces[pieces.start : pieces.stop]
        scalars: dict[str, AnyArray] = {
            "sequence": sequence.astype(np.int32),
            "token": token.astype(np.int64),
            "piece": piece.astype(np.int32),
        }
        self._files.write(layer, scalars, arrays)

    def _refuse(self, layer: int, name: str, values: Float32Array, token: Int64Array) -> None:
        row, *place = np.argwhere(~np.isfinite(values))[0].tolist()
        shown = self._network.layers[layer].recorded.name
        raise RecordingError(
            f"layer {layer} ({shown}): the {name} is {values[row, *place]} at token {token[row]}, "
            "expected a finite number",
            repair="find out why the network computes it (its weights may be damaged, or of a "
            "precision too small for them), then import it again",
        )

    def finish(self) -> StoredFactors:
        """The factors as they were stored, with the readers of each head."""
        readers = {number: sums.readers for number, sums in self.sums.items()}
        return self._files.finish(self._memories, readers)


class SecondPass:
    """Replays stored factors: the states after words are recorded, figures counted. At the ends of
    the ``sampled`` sequences memories are looked at whole."""

    def __init__(self, text: TextInPieces, states: StateWriter, sampled: Collection[int]) -> None:
        self._text, self._states, self._sampled = text, states, sampled

    def replay(self, layer: StoredLayer, block: SequenceBlock, sums: HeadSums) -> None:
        """Records a block of a layer."""
        _, factors = layer.read(block.part)
        reader = layer.reader[:1] if layer.memory.groups == 1 else layer.reader
        buffer = RowBuffer(len(block.words))
        for batch in block.batches(self._text):
            found = replay(layer.memory, self._padded(factors, block, batch), reader)
            columns = found.columns
            for row, sequence in enumerate(batch):
                pieces = len(self._text.pieces_of(sequence))
                sums.add_readings(
                    found.hidden[row, :pieces], found.cell[row, :pieces], found.keep[row, :pieces]
                )
                if sequence in self._sampled:
                    sums.add_state(found.after.memory[row])
                first = self._text.words_of(sequence).start - block.words.start
                arrays = {name: each[row, :pieces].numpy() for name, each in columns.items()}
                buffer.put(first, states_at_words(arrays, self._text.first_pieces(sequence)))
        self._states.write(layer.number, block, buffer.arrays)

    def _padded(
        self, factors: MemoryFactors, block: SequenceBlock, batch: list[int]
    ) -> MemoryFactors:
        """The factors of some sequences of a block, side by side; steps of zeros change nothing."""
        spans = [self._text.pieces_of(sequence) for sequence in batch]
        first = block.pieces.start

        def pad(factor: Tensor) -> Tensor:
            cut = [factor[0, span.start - first : span.stop - first] for span in spans]
            padded: Tensor = pad_sequence(cut, batch_first=True)
            return padded

        return factors.map(pad)
