"""The datasets of HDF5 files. h5py is imported here alone, when there is such a file to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.formats.array_source import Array, Source

_DAMAGE = (OSError, KeyError, RuntimeError, TypeError, ValueError)
"""What h5py raises over bytes that are no HDF5, as a test of random damage found."""


@dataclass(frozen=True)
class Hdf5Array(Source):
    """One dataset of one file."""

    path: Path
    dataset: str

    def _pieces(self, rows: int) -> Iterator[Array]:
        import h5py

        try:
            with h5py.File(self.path, "r") as file:
                values = file[self.dataset]
                for start in range(0, len(self), rows):
                    yield values[start : start + rows]
        except _DAMAGE as error:
            found = f"damaged bytes ({error})"
            fault = Fault(self.place, found, "a whole dataset", "write the file again")
            raise FaultError(fault) from error


def open_hdf5(path: Path, dataset: str) -> Source:
    """A dataset of numbers. Raises FaultError where h5py, the file or the dataset is missing."""
    place = f"{path.name}, dataset {dataset}"
    try:
        import h5py
    except ModuleNotFoundError as error:
        mend = "pip install h5py, or write the arrays as .npy"
        fault = Fault(place, "no package h5py", "it, to read HDF5", mend)
        raise FaultError(fault) from error
    try:
        with h5py.File(path, "r") as file:
            found = file.get(dataset)
            if not isinstance(found, h5py.Dataset) or not found.shape:
                expected = f"a dataset of that name; the file has {', '.join(file)}"
                fault = Fault(place, "none", expected, "correct the path in lstm.yml")
                raise FaultError(fault)
            return Hdf5Array(place, found.dtype, found.shape, path, dataset)
    except _DAMAGE as error:
        found = f"no HDF5 ({error}): missing, damaged or cut short"
        fault = Fault(place, found, "an HDF5 file", "write the file again")
        raise FaultError(fault) from error
