"""Models that were trained elsewhere, opened in the viewer in a real browser."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnvis_assets.engine.stage import RunContext
from tests.examples.importing import corpus_of, example_module, imported_examples
from tests.pipelines.test_imported_examples import expected_layers
from tests.viewer.conftest import Open, serving
from tests.viewer.reading import view
from viewer.data.sentence_states import states_of
from warehouse.reader import open_release

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
SENTENCE = "the old cat sees a bird"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    return imported_examples(tmp_path_factory)


@pytest.fixture(scope="module")
def imported_address(imported: RunContext) -> Iterator[str]:
    with serving(imported.storage.root) as served:
        yield served


def test_layers_of_other_sizes_are_shown_and_read_a_typed_sentence(
    open_page: Open, imported_address: str
) -> None:
    page = open_page(f'{imported_address}?model=awd&sentence=["{SENTENCE}"]')
    view(page)
    layer = page.get_by_label("Layer")
    expect(layer.locator("option")).to_have_text(
        ["rnns.0.module", "rnns.1.module", "rnns.2.module"]
    )
    expect(page.get_by_text("12 + 12 + 8")).to_be_visible()
    expect(page.get_by_text("8 units, 16 directions in 2 chips")).to_be_visible()
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Help")
    expect(help_dialog).to_contain_text("has 3 layers of 12, 12 and 8 units (cell: LSTM)")
    expect(help_dialog).to_contain_text("rnns.2.module, layer 2 of 0 to 2")
    page.keyboard.press("Escape")
    layer.select_option("rnns.0.module")
    expect(page.get_by_text("12 units, 24 directions in 2 chips")).to_be_visible()
    # A typed sentence is read by the user's own module.
    sentence = page.locator(".sentence")
    expect(sentence).to_contain_text("bird")
    expect(sentence).to_contain_text("%")  # how likely each word was to the network
    page.get_by_label("Layer").select_option("rnns.1.module")
    expect(page.locator(".view.failed")).to_have_count(0)


def test_both_directions_of_a_tagger_are_layers_of_their_own(
    open_page: Open, imported_address: str
) -> None:
    page = open_page(f'{imported_address}?model=tagger&sentence=["{SENTENCE}"]')
    view(page)
    expect(page.get_by_label("Layer").locator("option")).to_have_text(
        ["lstm layer 0 forward", "lstm layer 0 backward"]
    )
    expect(page.locator(".sentence")).to_contain_text("bird")
    page.get_by_label("Layer").select_option("lstm layer 0 forward")
    expect(page.locator(".view.failed")).to_have_count(0)


def test_a_typed_sentence_has_the_states_of_the_module_in_each_direction(
    imported: RunContext,
) -> None:
    corpus = corpus_of(imported, "tiny_text")
    module = example_module("tagger", len(corpus.vocabulary))
    words = corpus.vocabulary.encode([*SENTENCE.split(), "<eos>"])
    expected = expected_layers("tagger", module, words)
    with open_release("tagger", storage=imported.storage) as release:
        for layer, wanted in enumerate(expected):
            found = states_of(release, SENTENCE, layer, "cell")
            np.testing.assert_allclose(found.values, wanted["cell"], atol=5e-6)
            np.testing.assert_allclose(found.changes, wanted["cell_delta"], atol=5e-6)
