"""Networks as they were published, rebuilt from their papers and public repositories in small: each
with its own order of words, its own way of being called, and its own shape of outputs."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from rnnvis_assets.model_import.state_reader import LayerStates, StateReader

PADDING = 1


class WeightDrop(nn.Module):
    """DropConnect on recurrent weights (Merity et al. 2018): the weights that the inner module runs
    with are set at every call, of its ``forward``, which hooks do not see."""

    def __init__(self, module: nn.RNNBase, names: Sequence[str], dropout: float) -> None:
        super().__init__()
        self.module, self.names, self.dropout = module, tuple(names), dropout
        for name in names:
            raw = getattr(module, name)
            del module._parameters[name]
            module.register_parameter(f"{name}_raw", nn.Parameter(raw.data))

    def forward(self, *args: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        for name in self.names:
            raw = getattr(self.module, f"{name}_raw")
            setattr(self.module, name, functional.dropout(raw, self.dropout, self.training))
        return self.module.forward(*args)


class AwdLstm(nn.Module):
    """AWD-LSTM (Merity et al. 2018): states are a list, words are dropped from the embedding, and
    what is returned is the last h of all steps in one row, which the loss decodes with the tied
    decoder."""

    def __init__(self, ntoken: int, ninp: int = 12, nhid: int = 16, nlayers: int = 2) -> None:
        super().__init__()
        sizes = [ninp, *[nhid] * (nlayers - 1), ninp]
        self.encoder, self.decoder = nn.Embedding(ntoken, ninp), nn.Linear(ninp, ntoken)
        self.decoder.weight = self.encoder.weight
        self.rnns = nn.ModuleList(
            WeightDrop(nn.LSTM(sizes[layer], sizes[layer + 1]), ["weight_hh_l0"], 0.1)
            for layer in range(nlayers)
        )

    def init_hidden(self, batch: int) -> list[tuple[Tensor, Tensor]]:
        zeros = [torch.zeros(1, batch, rnn.module.hidden_size) for rnn in self.rnns]
        return [(zero, zero) for zero in zeros]

    def forward(
        self, tokens: Tensor, hidden: list[tuple[Tensor, Tensor]]
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        weight = self.encoder.weight
        if self.training:
            weight = weight * functional.dropout(weight.new_ones(len(weight), 1), 0.1)
        output, after = functional.embedding(tokens, weight), []
        for rnn, state in zip(self.rnns, hidden, strict=True):
            output, last = rnn(output, state)
            after.append(last)
        return output.view(output.size(0) * output.size(1), output.size(2)), after


class MinGru(nn.Module):
    """minGRU in log space (Feng et al. 2024, appendix B): all steps at once, by a parallel scan."""

    def __init__(self, dim: int, expansion: float) -> None:
        super().__init__()
        inner = int(dim * expansion)
        self.to_hidden_and_gate = nn.Linear(dim, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, dim, bias=False)

    def forward(self, inputs: Tensor) -> Tensor:
        new, gate = self.to_hidden_and_gate(inputs).chunk(2, dim=-1)
        log_new = torch.where(new >= 0, (new.relu() + 0.5).log(), functional.logsigmoid(new))
        kept = functional.logsigmoid(-gate).cumsum(1)
        summed = (functional.logsigmoid(gate) + log_new - kept).logcumsumexp(1)
        return self.to_out((kept + summed).exp())


class MinLm(nn.Module):
    """The language model around it: a residual stream of normed minGRUs and feed-forward layers,
    normed before the output layer."""

    def __init__(self, num_tokens: int, dim: int = 12, depth: int = 2) -> None:
        super().__init__()
        self.token_emb = nn.Embedding(num_tokens, dim)
        self.layers = nn.ModuleList(
            nn.ModuleList([
                nn.RMSNorm(dim), MinGru(dim, 1.5), nn.RMSNorm(dim),
                nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)),
            ])
            for _ in range(depth)
        )  # fmt: skip
        self.norm = nn.RMSNorm(dim)
        self.to_logits = nn.Linear(dim, num_tokens, bias=False)

    def forward(self, tokens: Tensor, return_loss: bool = False) -> Tensor:
        entering = tokens[:, :-1] if return_loss else tokens
        stream = self.token_emb(entering)
        for norm, rnn, forward_norm, feed_forward in self.layers:
            stream = rnn(norm(stream)) + stream
            stream = feed_forward(forward_norm(stream)) + stream
        logits = self.to_logits(self.norm(stream))
        if not return_loss:
            return logits
        return functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:])


class ReadableMinLm(MinLm, StateReader):
    """What its user adds: the states of its layers, step by step."""

    cell = "min_gru"

    def read_states(
        self, tokens: Tensor, before: Sequence[LayerStates] | None
    ) -> Iterator[LayerStates]:
        stream = self.token_emb(tokens)
        for number, (norm, rnn, forward_norm, feed_forward) in enumerate(self.layers):
            new, gate = rnn.to_hidden_and_gate(norm(stream)).chunk(2, dim=-1)
            new, update = torch.where(new >= 0, new + 0.5, new.sigmoid()), gate.sigmoid()
            hidden = before[number]["hidden"] if before else torch.zeros_like(new[:, 0])
            states = []
            for step in range(tokens.shape[1]):
                hidden = torch.lerp(hidden, new[:, step], update[:, step])
                states.append(hidden)
            yield {"hidden": torch.stack(states, 1), "keep_gate": 1 - update}
            stream = rnn.to_out(torch.stack(states, 1)) + stream
            stream = feed_forward(forward_norm(stream)) + stream


class PackedSentiment(nn.Module):
    """The sentiment classifier of many tutorials: time first, sorted by length and packed, what
    both directions of the upper layer know in the end, and one number for two classes."""

    def __init__(self, words: int, size: int = 8, hidden: int = 8) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=PADDING)
        self.rnn = nn.LSTM(size, hidden, num_layers=2, bidirectional=True, dropout=0.2)
        self.fc, self.dropout = nn.Linear(2 * hidden, 1), nn.Dropout(0.2)

    def forward(self, text: Tensor, text_lengths: Tensor) -> Tensor:
        embedded = self.dropout(self.embedding(text))
        _, (hidden, _) = self.rnn(pack_padded_sequence(embedded, text_lengths))
        return self.fc(self.dropout(torch.cat([hidden[-2], hidden[-1]], dim=1))).squeeze(1)


class AttentionClassifier(nn.Module):
    """A bidirectional LSTM whose states are weighed by an attention (Zhou et al. 2016); what it
    attended to is returned first."""

    def __init__(self, words: int, size: int = 8, hidden: int = 8) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.rnn = nn.LSTM(size, hidden, bidirectional=True, batch_first=True)
        self.attention, self.fc = nn.Linear(hidden, 1, bias=False), nn.Linear(hidden, 2)

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        both = self.rnn(self.embedding(tokens))[0].unflatten(-1, (2, -1)).sum(-2)
        weights = self.attention(both.tanh()).softmax(1)
        return {
            "attention": weights.squeeze(-1),
            "logits": self.fc((weights * both).sum(1).tanh()),
        }


class CharRnn(nn.Module):
    """A character model that reads one sign at a time, looped from outside by ``read_text``."""

    def __init__(self, signs: int, hidden: int = 16) -> None:
        super().__init__()
        self.hidden, self.encoder = hidden, nn.Embedding(signs, hidden)
        self.gru, self.decoder = nn.GRU(hidden, hidden, 2), nn.Linear(hidden, signs)

    def forward(self, sign: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        output, state = self.gru(self.encoder(sign).unsqueeze(0), state)
        return self.decoder(output.squeeze(0)), state


def read_text(model: CharRnn, tokens: Tensor) -> Tensor:
    """float[batch, steps, signs]: the logits after each sign of int64[batch, steps]."""
    state, logits = torch.zeros(2, len(tokens), model.hidden), []
    for sign in tokens.unbind(1):
        after, state = model(sign, state)
        logits.append(after)
    return torch.stack(logits, dim=1)
