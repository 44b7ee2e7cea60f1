"""Trains the minGRU that ships with the project: ``python -m tests.examples.train_min_gru``.

It learns to distinguish good toy reviews from bad ones. The weights go next to its module.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.model_import.examples import min_gru
from rnnvis_assets.model_import.examples.min_gru import MinGru, build
from rnnvis_assets.network.checkpoint_files import write_tensors
from warehouse.storage import Storage

WEIGHTS = Path(min_gru.__file__).with_suffix(".safetensors")
EPOCHS, BATCH, LEARNING_RATE, SEED = 6, 32, 0.01, 1


def documents_of(split: Split) -> list[Tensor]:
    """The word ids of every document."""
    words = torch.from_numpy(split.word_ids.astype(np.int64))
    lengths: list[int] = np.diff(split.sentence_offsets).tolist()
    return list(torch.split(words, lengths))


def accuracy(network: MinGru, split: Split) -> float:
    """The fraction of documents that are classified correctly."""
    with torch.inference_mode():
        chosen = [int(network(words.unsqueeze(0)).argmax()) for words in documents_of(split)]
    return float(np.mean(np.array(chosen) == split.labels))


def train(corpus: Corpus) -> MinGru:
    """A network for the corpus; the same one for the same corpus."""
    torch.manual_seed(SEED)
    network, train_split = build(len(corpus.vocabulary)), corpus.splits["train"]
    documents, labels = documents_of(train_split), torch.from_numpy(train_split.labels).long()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(documents)), BATCH):
            logits = torch.cat([network(documents[i].unsqueeze(0)) for i in batch.tolist()])
            optimiser.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(logits, labels[batch]))
            optimiser.step()
    return network.eval()


def main() -> None:
    """Trains on the corpus ``toy_reviews`` of the storage, and writes the weights."""
    corpus = load_corpus(Storage.from_environment().corpus("toy_reviews"))
    network = train(corpus)
    write_tensors(WEIGHTS, {name: t.detach() for name, t in network.state_dict().items()})
    print(f"test accuracy {accuracy(network, corpus.splits['test']):.3f}")


if __name__ == "__main__":
    main()
