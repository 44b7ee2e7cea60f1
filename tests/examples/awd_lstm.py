"""A stack as AWD-LSTM has it (Merity et al. 2018): LSTMs of different sizes in a ``ModuleList``,
the same dropout mask at every step, recurrent weights dropped, and a tied output layer."""

from torch import Tensor, nn


class LockedDropout(nn.Module):
    def forward(self, x: Tensor, dropout: float = 0.4) -> Tensor:
        if not self.training:
            return x
        mask = x.new_empty(1, x.size(1), x.size(2)).bernoulli_(1 - dropout) / (1 - dropout)
        return x * mask


class WeightDrop(nn.Module):
    def __init__(self, module: nn.RNNBase, dropout: float) -> None:
        super().__init__()
        self.module, self.dropout = module, dropout
        raw = module.weight_hh_l0
        del module._parameters["weight_hh_l0"]
        module.register_parameter("weight_hh_l0_raw", nn.Parameter(raw.data))

    def forward(self, *args: object) -> object:
        raw = self.module.weight_hh_l0_raw
        self.module.weight_hh_l0 = nn.functional.dropout(raw, self.dropout, self.training)
        return self.module(*args)


class AWDStack(nn.Module):
    def __init__(self, ntoken: int, ninp: int, nhid: int, nlayers: int) -> None:
        super().__init__()
        sizes = [ninp, *[nhid] * (nlayers - 1), ninp]
        self.encoder = nn.Embedding(ntoken, ninp)
        self.lockdrop = LockedDropout()
        self.rnns = nn.ModuleList(
            WeightDrop(nn.LSTM(sizes[i], sizes[i + 1]), 0.5) for i in range(nlayers)
        )
        self.decoder = nn.Linear(ninp, ntoken)
        self.decoder.weight = self.encoder.weight

    def forward(self, tokens: Tensor) -> Tensor:
        output = self.lockdrop(self.encoder(tokens))
        for rnn in self.rnns:
            output = self.lockdrop(rnn(output)[0])
        return self.decoder(output)


def build(ntoken: int, ninp: int = 8, nhid: int = 12, nlayers: int = 3) -> AWDStack:
    return AWDStack(ntoken, ninp, nhid, nlayers)
