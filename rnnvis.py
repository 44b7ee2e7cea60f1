"""RNNVis from Python: opens the memory of a recurrent network that is there in memory.

    import rnnvis

    analysis = rnnvis.analyse(module, texts, words=words)
    analysis

reads ``texts`` with ``module``, records what each word does to the hidden states, and shows it: at
the end of a notebook's cell as a page that needs no server. No file and no configuration is needed.
``rnnvis.open`` gives the same for an analysis that is published in the storage.

Importing this module imports none of the large libraries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from warehouse.errors import (
    AnalysisError,
    ConfigurationError,
    ImportedModelError,
    InstallationError,
    RnnvisError,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import nn

    from rnnvis_assets.engine.stage import RunContext
    from warehouse.reader import Release
    from warehouse.storage import Storage

__all__ = [
    "Analysis",
    "AnalysisError",
    "Cluster",
    "ConfigurationError",
    "ImportedModelError",
    "InstallationError",
    "Responses",
    "RnnvisError",
    "Sentence",
    "analyse",
    "names",
    "open",
]
__version__ = version("rnnvis")
FRAME_HEIGHT = 820
"""Pixels of the page in a notebook."""
BRIEF = {"ablation": {"minutes": 0.1}, "co_clusters": {"minimum_count": 1, "seeds": 2}}
"""What differs from the default analysis: texts that are given in memory are short."""


@dataclass(frozen=True, eq=False)
class Responses:
    """What words do to a layer: ``mean`` float32[words, units], the mean change of the state at
    each of ``words``, which occur ``counts`` int64[words] times (Ming et al. 2017, Eq. 5)."""

    words: tuple[str, ...]
    counts: "npt.NDArray[np.int64]"
    mean: "npt.NDArray[np.float32]"


@dataclass(frozen=True, eq=False)
class Cluster:
    """A co-cluster: its ``words``, those with the strongest responses first, and its ``units``,
    each with the direction in which it counts (1: rising, -1: falling, 0: both)."""

    words: tuple[str, ...]
    units: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Sentence:
    """A sentence as the network reads it: ``words``, and for each layer, from the input up, the
    states after every word, float32[words, units] by name (``hidden``, ``cell``, ``keep_gate``,
    and their changes ``hidden_delta`` and ``cell_delta``)."""

    words: tuple[str, ...]
    layers: "tuple[Mapping[str, npt.NDArray[np.float32]], ...]"


class Analysis:
    """The analysis of one network. ``analyse`` and ``open`` make it; a notebook shows it.

    ``release`` answers any further question (see ``warehouse.reader``).
    """

    def __init__(
        self,
        name: str,
        storage: "Storage",
        context: "RunContext | None" = None,
        keep: Sequence[Any] = (),
    ) -> None:
        from warehouse.reader import open_release

        self.name, self._storage, self._context, self._keep = name, storage, context, keep
        self.release: Release = open_release(name, storage=storage)

    def __repr__(self) -> str:
        model = self.release.model
        return (
            f"<rnnvis.Analysis {self.name}: {model['num_layers']}×{model['hidden_size']} "
            f"{model['cell']}, {model['num_tokens']:,} tokens>"
        )

    def responses(self, layer: int = 0, state: str | None = None) -> Responses:
        """What each word that occurs does to a ``layer``, counted from the input up from 0.

        ``state`` is ``hidden`` (h) or ``cell`` (an LSTM's c); None: the one shown first. Raises
        ReleaseError for a layer or state that there is not.
        """
        release, state = self.release, state or self._first_state(layer)
        found = release.words.response_matrix(layer=layer, state=state)
        known = release.words.vocabulary()["word"].to_pylist()
        words = tuple(known[number] for number in found.word_ids.tolist())
        return Responses(words, found.counts, found.mean)

    def clusters(
        self, k: int | None = None, layer: int = 0, state: str | None = None
    ) -> tuple[Cluster, ...]:
        """``k`` co-clusters of words and units, the fewest units first; None: as many as are shown
        first. Raises ReleaseError where there are none of that number."""
        import numpy as np

        shown, state = self.release.clusters.shown(), state or self._first_state(layer)
        number = k or shown["num_clusters"]
        found = self.release.clusters.get(
            layer=layer, state=state, affinity=shown["affinity"], num_clusters=number
        )
        known = self.release.words.vocabulary()["word"].to_pylist()
        chips, order = found.chips, np.argsort(-found.strengths, kind="stable")
        clusters = []
        for cluster in range(number):
            rows = order[found.word_clusters[order] == cluster]
            cells = np.flatnonzero(chips.clusters == cluster)
            units = zip(chips.units[cells].tolist(), chips.directions[cells].tolist(), strict=True)
            words = tuple(known[i] for i in found.word_ids[rows].tolist())
            clusters.append(Cluster(words, tuple(units)))
        return tuple(clusters)

    def sentence(self, text: str) -> Sentence:
        """A sentence, its words separated as the network's text is, read from a zero state.

        Raises AnalysisError for words that the network cannot read, CheckpointError or
        ImportedModelError where the network is not there.
        """
        from viewer.data.tokenized_sentence import text_of
        from viewer.data.typed_sentences import read_typed

        read = read_typed(self.release, text)
        layers = (
            {name: values for name, values in vars(layer).items() if values is not None}
            for layer in read
        )
        return Sentence(text_of(self.release, text).words, tuple(layers))

    def view(self, port: int = 5006) -> None:
        """Serves the viewer with this analysis on this machine, until it is interrupted.

        Raises BusyError where another program listens on ``port``, InstallationError without the
        extra ``viewer``.
        """
        with _extras_named():
            from viewer.server.app import serve

        print(f"http://127.0.0.1:{port}/?model={self.name}", flush=True)  # noqa: T201
        serve(self._storage, port)

    def to_html(self, file: str | Path | None = None) -> str:
        """The page of this analysis, which needs no server; also written to ``file``, if named.

        Raises InstallationError without the extra ``viewer``.
        """
        with _extras_named():
            from viewer.export.export_command import page_of

        page = page_of(self._storage, self.name)
        if file is not None:
            Path(file).write_bytes(page)
        return page.decode("utf-8")

    def _repr_html_(self) -> str:
        frame = f"border: 0; width: 100%; height: {FRAME_HEIGHT}px"
        return f'<iframe style="{frame}" srcdoc="{escape(self.to_html())}"></iframe>'

    def save(self, name: str) -> "Analysis":
        """Keeps an analysis that was made in memory as ``name`` in the storage (``$RNNVIS_HOME``,
        else ``storage`` next to ``configs``), where ``open`` and ``rnnvis view`` find it.

        Raises ConfigurationError where the name is taken, or where the analysis was opened from
        a storage.
        """
        from pipelines.orchestration.stage_registry import MODEL_STAGES
        from rnnvis_assets.in_memory.save_analysis import save_analysis
        from warehouse.storage import Storage

        if self._context is None:
            raise ConfigurationError(f"{self.name} is in a storage already")
        release, target = MODEL_STAGES[-1].stage, Storage.from_environment()
        context = save_analysis(self._context, self.name, name, release, target)
        return Analysis(name, target, context, self._keep)

    def _first_state(self, layer: int) -> str:
        return self.release.layers[layer].states[0]


@contextmanager
def _extras_named() -> Iterator[None]:
    """Says which extra has a library that an import in the block lacks."""
    from warehouse.error_words import in_words

    try:
        yield
    except ModuleNotFoundError as error:
        raise in_words(error) or error from error


def analyse(
    module: "nn.Module | str | Path",
    texts: Sequence[str | Sequence[str] | Sequence[int]],
    words: Sequence[str] | Mapping[str, int] | None = None,
    *,
    labels: Sequence[str | int] = (),
    name: str = "network",
    analysis: Mapping[str, Any] | None = None,
    report: Callable[[str], None] | None = None,
    **settings: Any,
) -> "Analysis":
    """Reads ``texts`` with a PyTorch ``module`` of RNN, GRU or LSTM layers, and analyses it.

    A text is a string, whose words are separated by blanks, or a sequence of words or of word ids;
    each is read from the network's first state. ``words`` are the network's, in the order of their
    ids or with these; without them, ids stand for themselves. ``labels`` are the classes of the
    texts, for a classifier. ``analysis`` has keys of a file in ``configs/analyses`` (None: a brief
    one), ``settings`` such of an imported model (docs/configuration.md); ``report`` takes lines of
    progress. The module stays as it is; a state reader (docs/own_model.md) is read too. The results
    lie in a temporary folder, for as long as the analysis is kept.

    In place of a module, the folder in which transformers or xlstm has saved a language model and
    its tokenizer, or a file of RWKV-7 (docs/modern_networks.md): it reads any words, in pieces.

    Raises ConfigurationError where texts, words and labels do not fit, ImportedModelError where
    the module cannot be read exactly, AnalysisError where there are too few words to cluster.
    """
    from pipelines.orchestration.stage_registry import MODEL_STAGES
    from rnnvis_assets.in_memory.analyse_module import describe_model, open_context, run_analysis
    from rnnvis_assets.in_memory.given_texts import corpus_of, words_of
    from warehouse.storage import Storage

    folder = TemporaryDirectory(prefix="rnnvis-")
    if words is None and isinstance(module, str | Path):
        words = words_of(texts)
    storage, corpus = Storage(Path(folder.name)), corpus_of(texts, words, labels)
    described, report = describe_model(module) | settings, report or _silent
    brief = BRIEF if analysis is None else analysis
    context = open_context(storage, name, corpus, brief, described, report)
    run_analysis(context, name, corpus, [asset.stage for asset in MODEL_STAGES])
    return Analysis(name, storage, context, keep=(folder, module))


def _silent(_: str) -> None:
    """Takes a line of progress that nobody wants."""


def open(name: str) -> "Analysis":  # noqa: A001 - read as rnnvis.open
    """The published analysis of a model. Raises ReleaseError where there is none."""
    from warehouse.storage import Storage

    return Analysis(name, Storage.from_environment())


def names() -> list[str]:
    """What ``open`` finds in the storage."""
    from warehouse.release_index import published_models
    from warehouse.storage import Storage

    return published_models(Storage.from_environment())
