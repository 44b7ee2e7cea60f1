"""Making a release again, from the configuration that it holds; whether both say the same."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.model_config import MODELS
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import Report, RunContext, Stage
from warehouse.disk_use import disk_use
from warehouse.errors import ReleaseError, StorageError
from warehouse.reader import Release, open_release
from warehouse.schema import TABLES
from warehouse.storage import Storage, configs_folder
from warehouse.table_content import rows_sha256


def released_project(release: Release) -> Project:
    """The configuration that a release was made by, of its one model.

    Raises ReleaseError where this version of the code no longer takes it.
    """
    spec, name = release.model["spec"], release.name
    try:
        model = MODELS[spec["model"]["source"]].model_validate(spec["model"])
        named = {} if model.dataset is None else {model.dataset: spec["dataset"]}
        datasets = {key: DatasetConfig.model_validate(said) for key, said in named.items()}
        return Project(
            folder=configs_folder(),
            datasets=datasets,
            models={name: model},
            analyses={model.analysis: AnalysisConfig.model_validate(spec["analysis"])},
            schedules=ScheduleConfig(),
        )
    except (ValidationError, KeyError, TypeError) as error:
        raise ReleaseError(
            f"{release.release_id} was made by a configuration that this version does not take: "
            f"{error}",
            repair="check out the commit that rnnvis show names, and reproduce it there",
        ) from error


def reproduce(
    release: Release,
    storage: Storage,
    of_dataset: Sequence[Stage],
    of_model: Sequence[Stage],
    report: Report = print,
) -> Release:
    """Runs every stage in ``storage``, and opens the release that comes of it.

    Raises StorageError where there are results of the model already, and what stages raise.
    """
    project, name = released_project(release), release.name
    if disk_use(storage, name):
        raise StorageError(
            f"there are results of {name} in {storage.root} already", repair="name an empty folder"
        )
    context = RunContext(project, storage, report)
    for dataset in project.datasets:
        for stage in of_dataset:
            run_stage(stage, context, dataset)
    for stage in of_model:
        run_stage(stage, context, name)
    return open_release(name, storage=storage)


def differing_columns(first: Release, second: Release) -> Mapping[str, tuple[str, ...]]:
    """For every table the columns that differ in any bit, in the order of its key; none where all
    are the same. Volatile columns are not compared."""
    differing = {}
    for name, table in TABLES.items():
        rows = [release.database.rows(table) for release in (first, second)]
        differing[name] = tuple(
            column
            for column in table.repeatable
            if len({rows_sha256(each.select([column])) for each in rows}) > 1
        )
    return differing
