"""Which function measures which claim, by the claim's number."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rnnvis_assets.configuration.analysis_config import Kind
from rnnvis_assets.findings import multi_model, single_model
from warehouse.findings_table import Measurements

Measure = Callable[..., Measurements]

_OF_THE_SHOWN_STATE: Mapping[int, Measure] = MappingProxyType(
    {
        1: single_model.measure_word_families,
        2: single_model.measure_alike_words,
        3: single_model.measure_paired_units,
        7: single_model.measure_sentiment,
        10: single_model.measure_languages,
        11: single_model.measure_layers,
        12: single_model.measure_stability,
        13: single_model.measure_chips,
    }
)
MODEL_MEASURES: Mapping[int, Measure] = MappingProxyType(
    {number: single_model.names_state(measure) for number, measure in _OF_THE_SHOWN_STATE.items()}
    | {8: single_model.measure_context}
)
"""Each takes the inputs of the model."""
COMPARED_MEASURES: Mapping[tuple[int, Kind], Measure] = MappingProxyType(
    {
        (4, "cells"): multi_model.measure_strength,
        (5, "cells"): multi_model.measure_distributions,
        (6, "cells"): multi_model.measure_preserved,
        (6, "mamba"): multi_model.measure_preserved_by_mamba,
        (9, "class_balance"): multi_model.measure_class_balance,
        (14, "seeds"): multi_model.measure_agreement,
    }
)
"""By the claim's number and the kind of comparison. Each takes the inputs of the compared models,
in the order of the finding's roles; what is measured over all seeds at once, those of every network
in the role."""
