"""Published networks, trained a little by scripts of their own, imported by a stranger's commands:
the figure that each script prints is the one in the table ``evaluation``, to 1e-4."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_model
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from typer.testing import CliRunner

from pipelines.cli.main import app
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT
from tests.examples import published_networks, word_language_model
from tests.examples.published_networks import (
    PADDING,
    AttentionClassifier,
    AwdLstm,
    CharRnn,
    MinLm,
    PackedSentiment,
    ReadableMinLm,
    read_text,
)
from tests.examples.word_language_model import RNNModel
from tests.pipelines.tiny_project import ANALYSIS, DATASETS, write_project, write_yaml
from warehouse.parquet_tables import read_table
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end

WORDS = (
    "gama",
    "bedo",
    "niru",
    "kolu",
    "teso",
    "damu",
    "riba",
    "sogu",
    "pake",
    "luno",
    "mefi",
    "vaso",
)
LINES = {"train": 160, "valid": 20, "test": 40}
BATCH, BPTT, CLOSE = 8, 15, 1e-4


def write_texts(folder: Path) -> None:
    """Sentences in which each word has two likely followers."""
    chance = np.random.default_rng(2)
    followers = chance.integers(0, len(WORDS), (len(WORDS), 2))
    for split, lines in LINES.items():
        words = [0]
        for _ in range(7 * lines - 1):
            likely = followers[words[-1]][chance.integers(2)]
            words.append(int(likely if chance.random() < 0.9 else chance.integers(len(WORDS))))
        named = [[WORDS[word] for word in words[at : at + 7]] for at in range(0, 7 * lines, 7)]
        text = "\n".join(map(" ".join, named)) + "\n"
        (folder / f"{split}.txt").write_text(text)


def ids_of(tokens: Sequence[str], words: Sequence[str]) -> Tensor:
    number = {word: place for place, word in enumerate(words)}
    return torch.tensor([number[token] for token in tokens])


def words_of(folder: Path, split: str) -> list[str]:
    """As the word language models read a file: blanks part words, a line ends with ``<eos>``."""
    lines = (folder / f"{split}.txt").read_text().splitlines()
    return [word for line in lines for word in (*line.split(), "<eos>")]


def signs_of(folder: Path, split: str) -> list[str]:
    return list((folder / f"{split}.txt").read_text())


def by_first_appearance(tokens: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(tokens))


def train(module: nn.Module, losses: Callable[[int], Tensor], steps: int) -> None:
    optimiser = torch.optim.Adam(module.parameters(), 0.02)
    module.train()
    for step in range(steps):
        optimiser.zero_grad()
        torch.autograd.backward(losses(step))
        optimiser.step()
    module.eval()


def batchify(ids: Tensor, batch: int) -> Tensor:
    """int64[steps, batch]: the text in so many columns."""
    steps = len(ids) // batch
    return ids[: steps * batch].view(batch, steps).t().contiguous()


def chunk_of(data: Tensor, start: int) -> tuple[Tensor, Tensor]:
    """int64[steps, batch] inputs, and int64[steps * batch] what follows them."""
    steps = min(BPTT, len(data) - 1 - start)
    return data[start : start + steps], data[start + 1 : start + 1 + steps].reshape(-1)


Loss = Callable[[Tensor, Tensor], Tensor]
"""Of what a network returns, and of int64[n] what follows."""


def log_likelihood(returned: Tensor, targets: Tensor) -> Tensor:
    return functional.nll_loss(returned, targets)


def truncated_losses(module: nn.Module, ids: Tensor, loss: Loss) -> Callable[[int], Tensor]:
    data = batchify(ids, BATCH)

    def loss_at(step: int) -> Tensor:
        inputs, targets = chunk_of(data, (BPTT * step) % (len(data) - BPTT - 1))
        return loss(module(inputs, module.init_hidden(BATCH))[0], targets)

    return loss_at


@torch.no_grad()
def evaluate(module: nn.Module, ids: Tensor, loss: Loss) -> float:
    """The perplexity of a text in one column, the state handed on from chunk to chunk."""
    data, hidden, total = batchify(ids, 1), module.init_hidden(1), 0.0
    for start in range(0, len(data) - 1, BPTT):
        inputs, targets = chunk_of(data, start)
        returned, hidden = module(inputs, hidden)
        total += len(inputs) * float(loss(returned, targets))
    return float(np.exp(total / (len(data) - 1)))


@dataclass(frozen=True)
class Trained:
    """A network with what its script knows of it: its words by id, and the figure it prints."""

    module: nn.Module
    words: list[str]
    figure: float


def train_word_lm(folder: Path) -> Trained:
    words = by_first_appearance(words_of(folder, "train"))
    module = word_language_model.build(len(words), size=12)
    ids = ids_of(words_of(folder, "train"), words)
    train(module, truncated_losses(module, ids, log_likelihood), 60)
    test = ids_of(words_of(folder, "test"), words)
    return Trained(module, words, evaluate(module, test, log_likelihood))


def train_awd(folder: Path) -> Trained:
    words = by_first_appearance(words_of(folder, "train"))
    module = AwdLstm(len(words))

    def loss(returned: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(module.decoder(returned), targets)

    train(module, truncated_losses(module, ids_of(words_of(folder, "train"), words), loss), 60)
    return Trained(module, words, evaluate(module, ids_of(words_of(folder, "test"), words), loss))


def train_min_lm(folder: Path) -> Trained:
    words = by_first_appearance(words_of(folder, "train"))
    module, data = MinLm(len(words)), batchify(ids_of(words_of(folder, "train"), words), BATCH).t()
    starts = len(data[0]) - BPTT

    def loss_at(step: int) -> Tensor:
        start = (BPTT * step) % starts
        return module(data[:, start : start + BPTT], return_loss=True)

    train(module, loss_at, 60)
    test = ids_of(words_of(folder, "test"), words).unsqueeze(0)
    with torch.no_grad():
        return Trained(module, words, float(module(test, return_loss=True).exp()))


def train_chars(folder: Path) -> Trained:
    signs = sorted(set(signs_of(folder, "train")))
    module, data = CharRnn(len(signs)), batchify(ids_of(signs_of(folder, "train"), signs), 32).t()

    def loss_of(rows: Tensor) -> Tensor:
        logits = read_text(module, rows[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())

    train(module, lambda step: loss_of(data[:, step % 10 :][:, :20]), 40)
    test = ids_of(signs_of(folder, "test"), signs).unsqueeze(0)
    with torch.no_grad():
        return Trained(module, signs, float(loss_of(test).exp()))


Documents = list[tuple[list[str], int]]


def documents_of(corpus_folder: Path, split: str) -> Documents:
    """The tokens and the label of every review, as its user has them in a file."""
    found = load_corpus(corpus_folder).splits[split]
    return [
        (text.split(), int(label)) for text, label in zip(found.texts, found.labels, strict=True)
    ]


def by_frequency(documents: Documents) -> list[str]:
    """As torchtext numbers words: two special ones, then by frequency, ties alphabetically."""
    words, counts = np.unique([word for text, _ in documents for word in text], return_counts=True)
    return ["<unk>", "<pad>", *words[np.argsort(-counts, kind="stable")]]


def batch_of(documents: Documents, words: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    """int64[steps, batch] padded, lengths and labels [batch], the longest first."""
    known = {word: place for place, word in enumerate(words)}
    ordered = sorted(documents, key=lambda each: -len(each[0]))
    rows = [torch.tensor([known.get(word, 0) for word in text]) for text, _ in ordered]
    lengths, labels = torch.tensor([len(row) for row in rows]), [label for _, label in ordered]
    return pad_sequence(rows, padding_value=PADDING), lengths, torch.tensor(labels)


def train_packed(corpus_folder: Path) -> Trained:
    documents = documents_of(corpus_folder, "train")
    words = by_frequency(documents)
    module = PackedSentiment(len(words))
    batches = [batch_of(documents[at : at + 32], words) for at in range(0, len(documents), 32)]

    def loss_at(step: int) -> Tensor:
        text, lengths, labels = batches[step % len(batches)]
        return functional.binary_cross_entropy_with_logits(module(text, lengths), labels.float())

    train(module, loss_at, 80)
    text, lengths, labels = batch_of(documents_of(corpus_folder, "test"), words)
    rounded = torch.round(torch.sigmoid(module(text, lengths)))
    return Trained(module, words, float((rounded == labels).float().mean()))


def train_attention(corpus_folder: Path) -> Trained:
    documents = documents_of(corpus_folder, "train")
    words = by_frequency(documents)
    module, alike = AttentionClassifier(len(words)), defaultdict(list)
    for document in documents:
        alike[len(document[0])].append(document)
    batches = [batch_of(of_one_length, words) for of_one_length in alike.values()]

    def loss_at(step: int) -> Tensor:
        text, _, labels = batches[step % len(batches)]
        return functional.cross_entropy(module(text.t())["logits"], labels)

    train(module, loss_at, 240)
    tests = [batch_of([document], words) for document in documents_of(corpus_folder, "test")]
    right = [int(module(text.t())["logits"].argmax()) == int(label) for text, _, label in tests]
    return Trained(module, words, float(np.mean(right)))


@dataclass(frozen=True)
class Published:
    """A network, its script, and the options that its import takes."""

    script: Callable[[Path], Trained]
    dataset: str
    factory: str
    size: str
    options: tuple[str, ...] = ()


FILE = published_networks.__file__
NETWORKS: Mapping[type[nn.Module], Published] = {
    RNNModel: Published(train_word_lm, "my_words", f"{word_language_model.__file__}:build",
                        "ntoken", ("--argument", "size=12")),
    AwdLstm: Published(train_awd, "my_words", f"{FILE}:AwdLstm", "ntoken",
                       ("--setting", "output.layer=decoder")),
    MinLm: Published(train_min_lm, "my_words", f"{FILE}:{ReadableMinLm.__name__}", "num_tokens"),
    CharRnn: Published(train_chars, "my_signs", f"{FILE}:CharRnn", "signs",
                       ("--setting", f"input.call={FILE}:read_text",
                        "--setting", 'vocabulary.end_of_sentence="\\n"')),
    PackedSentiment: Published(train_packed, "tiny_reviews", f"{FILE}:PackedSentiment", "words"),
    AttentionClassifier: Published(train_attention, "tiny_reviews", f"{FILE}:AttentionClassifier",
                                   "words"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the texts in files of each split."""
    made = tmp_path_factory.mktemp("published")
    configs = write_project(made)
    write_texts(made)
    files = {"train": "train.txt", "validation": "valid.txt", "test": "test.txt"}
    source = {"kind": "own_splits", **{split: str(made / name) for split, name in files.items()}}
    for name, tokenizer in (
        ("my_words", {"kind": "whitespace"}),
        ("my_signs", {"kind": "character"}),
    ):
        content = {"task": "language_model", "source": source, "tokenizer": tokenizer}
        write_yaml(configs / "datasets" / f"{name}.yaml", content)
    reviews = DATASETS["tiny_reviews"] | {"source": {"kind": "toy_reviews", "num_documents": 400}}
    write_yaml(configs / "datasets" / "tiny_reviews.yaml", reviews)
    whole = ANALYSIS | {"recording": {"split": "test", "streams": 1}}
    write_yaml(configs / "analyses" / "whole.yaml", whole)
    context = RunContext(load_project(configs), Storage(made / "storage"), lambda _: None)
    for dataset in ("my_words", "my_signs", "tiny_reviews"):
        run_stage(CORPUS, context, dataset)
    return made


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_the_figure_of_its_own_script(
    kind: type[nn.Module], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, name = NETWORKS[kind], kind.__name__.lower()
    torch.manual_seed(1)
    reviews = published.dataset == "tiny_reviews"
    trained = published.script(
        folder / "storage" / "corpora" / "tiny_reviews" if reviews else folder
    )
    save_model(trained.module, str(folder / f"{name}.safetensors"))
    (folder / f"{name}.json").write_text(json.dumps(trained.words))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RNNVIS_CONFIGS", str(folder / "configs"))
    monkeypatch.setenv("RNNVIS_HOME", str(folder / "storage"))
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "storage" / "dagster"))
    command = [
        "import", "model", name, "--factory", published.factory,
        "--argument", f"{published.size}={len(trained.words)}",
        "--weights", f"{name}.safetensors", "--dataset", published.dataset,
        "--vocabulary", f"{name}.json", "--analysis", "whole", *published.options,
    ]  # fmt: skip
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "warning" not in result.output
    storage = Storage(folder / "storage")
    run_stage(CHECKPOINT, RunContext(load_project(), storage, lambda _: None), name)
    rows = read_table(storage.table(name, "evaluation")).to_pylist()
    found = {row["metric"]: row["value"] for row in rows}
    metric = "accuracy" if reviews else "perplexity"
    assert found[metric] == pytest.approx(trained.figure, rel=CLOSE)
    if not reviews:
        assert trained.figure < 0.6 * len(trained.words)
