"""What a stage is: a step of the pipeline, declared.

A stage reads configurations and what earlier stages wrote, and writes files of its own. When it is
fresh is decided in ``freshness.py``; how it is run, in ``run_stage.py``; how it appears in Dagster,
in ``stage_asset.py``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.process_identity import this_process
from warehouse.object_store import ObjectStore
from warehouse.recordings import Recording, open_recording
from warehouse.storage import Storage

Figure = float | int | str | None
Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""


@dataclass(frozen=True)
class RunContext:
    """Where a stage runs: the configurations, the storage, and who hears of its progress.

    ``store`` is where results go to and come from other machines, None without one (engine.yaml).
    ``run`` names the run that the stage is part of, in words. Stages of one run may work on a model
    side by side; another run's may not. ``run_id`` is Dagster's name of it, None without Dagster.
    """

    project: Project
    storage: Storage
    report: Report = print
    run: str = field(default_factory=lambda: this_process().name)
    run_id: str | None = None
    store: ObjectStore | None = None


@dataclass(frozen=True)
class StageOutput:
    """What a stage wrote: its files, row counts by table, and figures worth showing.

    ``identity`` gives the files whose content makes the data version, where not all do (a file that
    holds the time it was made, say), and texts in place of such files. ``sha256``: the hashes of
    those files that are known already.
    """

    files: tuple[Path, ...]
    identity: tuple[Path | str, ...] | None = None
    sha256: Mapping[Path, str] = field(default_factory=dict)
    row_counts: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Upstream:
    """A stage that another one reads, by name: for the same model, for the model's dataset (if it
    has one), or for each of the models that a comparison compares."""

    stage: str
    of: Literal["model", "dataset", "compared"] = "model"


@dataclass(frozen=True)
class Source:
    """An output that a stage reads: ``partition`` is None for the dataset of a model without."""

    key: str
    stage: str
    partition: str | None


Code = tuple[Callable[..., Any], ...]
"""Functions, each of them a module's own, whose source decides what a stage writes."""


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline. All that its output depends on is declared here.

    ``settings`` gives the part of the configuration that the stage reads, as JSON can hold it; a
    change of anything else leaves it fresh. ``run`` does the work; its version is derived from its
    source (``code_version.py``). Where the work differs between models, ``code`` gives the
    functions that do it for one. ``tables`` are those of the release that it writes, ``libraries``
    the packages whose version decides what it writes; ``hardware`` gives the device and the
    precision that do, None for a model that neither matters for. ``waits_for_runs`` says whether a
    run waits for another one that holds the stage, and may do its work, instead of being refused.
    """

    name: str
    upstream: tuple[Upstream, ...]
    settings: Callable[[Project, str], Any]
    run: Callable[[RunContext, str], StageOutput]
    tables: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    code: Callable[[Project, str], Code] | None = None
    hardware: Callable[[Project, str], str | None] | None = None
    waits_for_runs: Callable[[Project, str], bool] = lambda _, __: False

    def code_of(self, project: Project, partition: str) -> Code:
        """The functions that do the work for one model, dataset or comparison."""
        return self.code(project, partition) if self.code else (self.run,)

    def sources(self, project: Project, partition: str) -> Iterator[Source]:
        """Every output that the stage reads."""
        for upstream in self.upstream:
            if upstream.of == "model":
                yield Source(upstream.stage, upstream.stage, partition)
            elif upstream.of == "dataset":
                dataset = project.models[partition].dataset
                yield Source(upstream.stage, upstream.stage, dataset)
            else:
                for role, family in sorted(project.compared(partition).items()):
                    for place, model in enumerate(family):
                        key = f"{upstream.stage} of {role}, {place}"
                        yield Source(key, upstream.stage, model)


def open_recorded(context: RunContext, model: str) -> Recording:
    """The recording of the split that a model's analysis names, which states the model's layers,
    with the states that the analysis names.

    Raises RecordingError where there is none.
    """
    analysis = context.project.analysis_of(model)
    recording = open_recording(context.storage.recording(model, analysis.recording.split))
    return replace(recording, states=analysis.states)
