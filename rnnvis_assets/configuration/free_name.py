"""Names for models that are added: usable, and nobody's yet."""

from collections.abc import Callable
from itertools import count

from rnnvis_assets.configuration.cross_checks import check_name
from rnnvis_assets.configuration.project import Project
from warehouse.errors import ConfigurationError
from warehouse.release_index import published_models
from warehouse.storage import Storage, is_installed


def require_free_name(
    name: str, project: Project, storage: Storage, command: Callable[[str], str]
) -> None:
    """Raises ConfigurationError where ``name`` is none or taken, offering a free one in what
    ``command`` makes of it, or where the configurations are an installed package's own."""
    if is_installed(project.folder):
        raise ConfigurationError(
            f"{project.folder} belongs to the installed program, expected a folder of your own",
            repair=f"cp -r {project.folder} configs, then run the same command again",
        )
    if message := check_name(name):
        raise ConfigurationError(message, repair=command("NAME"))
    named = (project.models, project.datasets, project.comparisons, published_models(storage))
    taken = {each for names in named for each in names}
    if name in taken:
        free = next(other for n in count(2) if (other := f"{name}-{n}") not in taken)
        raise ConfigurationError(
            f"found the name {name}, which a model, a dataset or a comparison has already; "
            f"expected a free one, such as {free}",
            repair=command(free),
        )
