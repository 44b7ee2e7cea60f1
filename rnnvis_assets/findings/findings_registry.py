"""The findings: twelve that the paper has, and our own; where, and of which models.

What measures each is in ``findings_stage.py`` and ``comparison_stage.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rnnvis_assets.configuration.analysis_config import Kind
from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.configuration.project import Project
from warehouse.findings_table import Claim


@dataclass(frozen=True)
class ModelFinding:
    """A claim about a single model, of a task or dataset (None: any)."""

    about: Claim
    task: Task | None = None
    dataset: str | None = None

    def applies(self, project: Project, model: str) -> bool:
        dataset = project.dataset_of(model)
        task = None if dataset is None else dataset.task
        return self.task in (None, task) and self.dataset in (None, project.models[model].dataset)


@dataclass(frozen=True)
class ComparedFinding:
    """A claim about several models: ``roles`` name those of a comparison of ``kind`` that
    are measured, in order."""

    about: Claim
    kind: Kind
    roles: tuple[str, ...]


_CLAIMS = (
    Claim(1, "Words of one function fall together: clouds agree with parts of speech, more than by "
          "chance and more than clusters of the input embeddings do.",
          "section 7.1"),
    Claim(2, "Words of one role respond alike, more than their input embeddings do: he and she do, "
          "for differs.", "Fig. 5"),
    Claim(3, "Some units take the same words, up to their sign, which is a convention: more alike "
          "than in an untrained network.", "Fig. 8C, restated"),
    Claim(4, "A vanilla RNN responds more strongly than an LSTM and updates more of its memory at "
          "every step, an LSTM's updates are sparser: relative to each state's spread, of the "
          "LSTM's h and of its c.", "Fig. 9"),
    Claim(5, "A GRU's responses are distributed more like an LSTM's than like a vanilla RNN's, in "
          "range and in shape.", "Fig. 9"),
    Claim(6, "A vanilla RNN preserves less information from step to step than an LSTM (h and c) "
          "or a GRU, an LSTM less than a Mamba (h and c), each unit's mean left out.", "Eq. 7"),
    Claim(7, "A sentiment network parts good from bad words in two clouds, and opposite words "
          "respond with opposite sign.", "Figs. 10 and 11A"),
    Claim(8, "Context decides what a word does: though, but and however move the memory further "
          "towards negative after praise than after blame, beyond other words.", "Fig. 10"),
    Claim(9, "After over-sampling the smaller class, more negative reviews are recognised and all "
          "are ranked better, and negative words move the memory further towards negative.",
          "Fig. 11B and C"),
    Claim(10, "Shakespeare's words respond most like their modern counterparts (hath and has), "
          "thou and you less so.", "Figs. 12 and 13"),
    Claim(11, "Last-layer responses are weaker; first-layer chips are more even in size, "
          "last-layer clouds purer in part of speech.", "Fig. 14"),
    Claim(12, "The expected response is stable: two halves of the text give the same one, from "
          "the analysis' minimum count on.", "Eq. 5"),
    Claim(13, "Chips act on their own words, or on their own class: silencing one costs most "
          "there.", "ours"),
    Claim(14, "Networks of other seeds sort words into the same clusters, more than by chance.",
          "ours"),
)  # fmt: skip
CLAIMS: Mapping[int, Claim] = MappingProxyType({claim.id: claim for claim in _CLAIMS})

FINDINGS = (
    ModelFinding(CLAIMS[1], task="language_model"),
    ModelFinding(CLAIMS[2], task="language_model"),
    ModelFinding(CLAIMS[3]),
    ModelFinding(CLAIMS[7], task="classification"),
    ModelFinding(CLAIMS[8], task="classification"),
    ModelFinding(CLAIMS[10], dataset="shakespeare"),
    ModelFinding(CLAIMS[11], task="language_model"),
    ModelFinding(CLAIMS[12]),
    ModelFinding(CLAIMS[13]),
)
COMPARED_FINDINGS = (
    ComparedFinding(CLAIMS[4], "cells", ("rnn", "lstm")),
    ComparedFinding(CLAIMS[5], "cells", ("rnn", "lstm", "gru")),
    ComparedFinding(CLAIMS[6], "cells", ("rnn", "lstm", "gru")),
    ComparedFinding(CLAIMS[6], "mamba", ("lstm", "mamba")),
    ComparedFinding(CLAIMS[9], "class_balance", ("as_it_comes", "balanced")),
    ComparedFinding(CLAIMS[14], "seeds", ("network",)),
)
