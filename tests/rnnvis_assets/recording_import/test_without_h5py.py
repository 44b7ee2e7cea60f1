"""Without the package h5py, HDF5 cannot be read, and that is what is said."""

import sys
from pathlib import Path

import pytest

from rnnvis_assets.recording_import.checks.recording_faults import FaultError
from rnnvis_assets.recording_import.formats.hdf5_files import open_hdf5


def test_the_message_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FaultError) as caught:
        open_hdf5(tmp_path / "states.hdf5", "states1")
    assert "pip install h5py" in caught.value.fault.mend
