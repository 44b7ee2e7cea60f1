"""The libraries whose saved networks are read: how each opens one, and the versions that were
tested."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.recurrent_libraries.rwkv7_file import Rwkv7Capture
from rnnvis_assets.recurrent_libraries.xlstm_folder import load_xlstm
from rnnvis_assets.transformers_import.saved_folder import open_folder
from warehouse.errors import ImportedModelError

LIBRARIES: Mapping[str, Callable[[Path], LayerCapture]] = MappingProxyType(
    {"transformers": open_folder, "xlstm": load_xlstm, "rwkv": Rwkv7Capture}
)
"""By the ``source`` of a configuration: each takes the folder, or the file, of a network."""
TESTED: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = MappingProxyType(
    {"transformers": ((5, 24), (5, 25)), "xlstm": ((2, 0), (2, 1)), "rwkv": ((0, 8), (0, 9))}
)
"""The versions, from and below, that every kind of layer was compared with."""


def open_library(source: str, path: Path) -> LayerCapture:
    """The network that a library has saved at ``path``, ready to read.

    Raises ImportedModelError where the library is not installed, or there is no such network.
    """
    if find_spec(source) is None:
        raise ImportedModelError(
            f"{path} is to be read with the package {source}, which is not installed",
            repair=f"pip install 'rnnvis[{source}]'",
        )
    return LIBRARIES[source](path)


def untested_version(source: str) -> str:
    """A note where a library is of a version that no layer was compared with."""
    found, (first, last) = version(source), TESTED[source]
    if first <= tuple(map(int, found.split(".")[:2])) < last:
        return ""
    return (
        f"warning: {source} {found} was not tested ({_dotted(first)} up to below {_dotted(last)} "
        "were); every layer is compared with its own states"
    )


def _dotted(ends: tuple[int, int]) -> str:
    return ".".join(map(str, ends))
