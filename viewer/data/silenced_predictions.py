"""What a network predicts over a sentence with a chip and without it.

Both times it reads the sentence from the same states: a recorded one from those before it, a typed
one from a start of ``first_states``. Without the chip, each of its directions is held at the unit's
recorded mean (``rnnvis_assets.ablation``).
"""

from typing import TYPE_CHECKING

import numpy as np

from viewer.data import detail_data, release_store
from viewer.data.first_states import ZERO, runs_on, words_before
from viewer.data.predictions import WordPredictions
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis
from viewer.data.tokenized_sentence import text_of
from warehouse.arrays import Float32Array, Int32Array
from warehouse.errors import AnalysisError
from warehouse.reader import Release

if TYPE_CHECKING:
    from rnnvis_assets.ablation.clamps import Clamps
    from rnnvis_assets.network.stepped_mamba import Stepped
    from rnnvis_assets.recording.layer_states import FirstStates

Reading = tuple["Stepped", Int32Array, "Clamps"]


@cached_by_release
def silenced_words(
    release: Release, sentence: int | str, analysis: Analysis, cluster: int, start: str = ZERO
) -> tuple[WordPredictions, WordPredictions]:
    """A language model's predictions with a chip and without it. Raises AnalysisError where the
    network cannot be stepped, CheckpointError where it is missing, and as ``text_of`` does."""
    from rnnvis_assets.ablation.silenced_sentence import next_words_with_and_without
    from rnnvis_assets.network.recurrent_network import limited_threads

    reading = _reading(release, sentence, analysis, cluster)
    with limited_threads(1):
        both = next_words_with_and_without(*reading, _states_before(release, sentence, start))
    whole, without = map(WordPredictions.of, both)
    return whole, without


@cached_by_release
def silenced_classes(
    release: Release, sentence: int | str, analysis: Analysis, cluster: int
) -> tuple[tuple[str, ...], Float32Array]:
    """A classifier's classes, and their probabilities after every word with a chip and without it,
    float32[2, words, classes]. Raises as ``silenced_words`` does."""
    from rnnvis_assets.ablation.silenced_sentence import classes_with_and_without
    from rnnvis_assets.network.recurrent_network import limited_threads
    from viewer.data.typed_sentences import network_of

    reading = _reading(release, sentence, analysis, cluster)
    with limited_threads(1):
        return network_of(release).classes, classes_with_and_without(*reading)


def _states_before(release: Release, sentence: int | str, start: str) -> "FirstStates | None":
    """Those of ``first_states_of``; a Mamba reads all words before a recorded sentence again."""
    from rnnvis_assets.ablation.silenced_sentence import states_after
    from rnnvis_assets.network.stepped_mamba import SteppedMamba
    from viewer.data.typed_sentences import first_states_of, network_of

    network = network_of(release).stepped
    if isinstance(network, SteppedMamba) and isinstance(sentence, int) and runs_on(release):
        return states_after(network, words_before(release, sentence))
    return first_states_of(release, sentence, start)


def _reading(release: Release, sentence: int | str, analysis: Analysis, cluster: int) -> Reading:
    """The network, the words that it reads, and the clamps on the chip's directions."""
    from rnnvis_assets.ablation.clamps import clamp_at_means
    from viewer.data.typed_sentences import network_of

    word_ids = text_of(release, sentence).word_ids
    network = network_of(release).stepped
    if network is None:
        raise AnalysisError(
            "only the network's own code can compute its states",
            repair="look at an rnn, lstm, gru, min_gru, min_lstm or mamba that was trained here",
        )
    chips = release_store.co_clustering(release, analysis).chips
    layer, state = analysis.layer, analysis.state
    means = detail_data.unit_summary(release, layer, state)["mean"].astype(np.float32)
    chosen = (chips.clusters == cluster)[np.newaxis]
    return network, word_ids, clamp_at_means(layer, state, chips, chosen, means)
