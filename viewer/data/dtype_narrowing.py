"""Whole numbers in as few bytes as hold them, before they are sent to the browser."""

from typing import Any

import numpy as np
import numpy.typing as npt


def narrow(values: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.integer[Any]]:
    """The same numbers, none below zero, as uint8, uint16 or uint32."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))
