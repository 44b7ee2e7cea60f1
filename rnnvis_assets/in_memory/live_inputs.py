"""What stages take from the memory of this process: a module, and the corpus that it reads."""

from copy import deepcopy
from weakref import WeakValueDictionary

from torch import nn

from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_files import corpus_files, save_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from warehouse.errors import ImportedModelError

_MODULES: WeakValueDictionary[str, nn.Module] = WeakValueDictionary()
_CORPORA: dict[str, Corpus] = {}


def keep_module(key: str, module: nn.Module) -> None:
    """Makes a module known to ``take_module``, for as long as its owner keeps it."""
    _MODULES[key] = module


def take_module(key: str) -> nn.Module:
    """A copy of the module, so that reading leaves its device, type and mode as they are.

    Raises ImportedModelError where it is gone, as it is in another process.
    """
    module = _MODULES.get(key)
    if module is None:
        raise ImportedModelError(
            "the network was a module in the memory of a process, and is there no more",
            repair="analyse it again where it is, or import it: rnnvis import model",
        )
    return deepcopy(module)


def keep_corpus(context: RunContext, corpus: Corpus) -> None:
    """Makes a corpus known to ``take_corpus``, which forgets it."""
    _CORPORA[str(context.storage.corpus(corpus.name))] = corpus


def take_corpus(context: RunContext, dataset: str) -> StageOutput:
    """The stage ``corpus`` of what was given in memory."""
    folder = context.storage.corpus(dataset)
    corpus = _CORPORA.pop(str(folder))
    save_corpus(folder, corpus)
    rows = {"vocabulary": len(corpus.vocabulary), "tokens-test": corpus.splits["test"].num_tokens}
    return StageOutput(corpus_files(folder), row_counts=rows)
