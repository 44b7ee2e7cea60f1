"""From signed responses to the non-negative matrix that spectral co-clustering needs."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rnnvis_assets.configuration.analysis_config import Affinity

Floats = npt.NDArray[np.float64]

_AFFINITIES: Mapping[Affinity, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "positive": lambda responses: np.maximum(responses, 0),
        "negative": lambda responses: np.maximum(-responses, 0),
        "absolute": np.abs,
        "shifted": lambda responses: responses - responses.min(),
    }
)


def affinity_matrix(responses: npt.NDArray[np.floating], affinity: Affinity) -> Floats:
    """How much words and units belong together: float64[words, units], nothing below 0.

    ``positive`` is max(s, 0), ``negative`` max(-s, 0), ``absolute`` |s| and ``shifted`` s - min s.
    """
    return _AFFINITIES[affinity](np.asarray(responses, np.float64))
