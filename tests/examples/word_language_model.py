"""The architecture of PyTorch's own example ``word_language_model``: time first, a state given to
``forward`` and returned by it, log-probabilities in one long row."""

import torch
from torch import Tensor, nn


class RNNModel(nn.Module):
    def __init__(self, rnn_type: str, ntoken: int, ninp: int, nhid: int, nlayers: int) -> None:
        super().__init__()
        self.ntoken, self.rnn_type, self.nhid, self.nlayers = ntoken, rnn_type, nhid, nlayers
        self.drop = nn.Dropout(0.5)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers, dropout=0.5)
        self.decoder = nn.Linear(nhid, ntoken)
        self.decoder.weight = self.encoder.weight  # tied

    def forward(self, tokens: Tensor, hidden: object) -> tuple[Tensor, object]:
        emb = self.drop(self.encoder(tokens))
        output, hidden = self.rnn(emb, hidden)
        decoded = self.decoder(self.drop(output)).view(-1, self.ntoken)
        return nn.functional.log_softmax(decoded, dim=1), hidden

    def init_hidden(self, bsz: int) -> object:
        weight = next(self.parameters())
        zeros = weight.new_zeros(self.nlayers, bsz, self.nhid)
        return (zeros, torch.zeros_like(zeros)) if self.rnn_type == "LSTM" else zeros


def build(ntoken: int, rnn_type: str = "LSTM", size: int = 8, nlayers: int = 2) -> RNNModel:
    return RNNModel(rnn_type, ntoken, size, size, nlayers)
