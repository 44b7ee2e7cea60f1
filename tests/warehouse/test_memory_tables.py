"""What a release says of the heads of a matrix memory, and of words in pieces."""

import pytest

from tests.warehouse.examples import SPEC
from tests.warehouse.synthetic import card, columns_of, write_content
from warehouse.publish_release import publish_release
from warehouse.reader import open_release
from warehouse.storage import Storage

HEADS = {
    "head": [0, 1],
    "first_unit": [0, 4],
    "num_units": [4, 4],
    "coverage": [0.5, None],
    "half_life": [3.0, None],
    "mean_norm": [1.0, 2.0],
    "effective_rank": [1.5, 1.0],
    "first_token_share": [0.25, 0.5],
    "sink": [False, True],
}


@pytest.mark.slow
def test_heads_and_pieces(tmp_path, release):
    tables = {
        "memory_head": {"layer": [1, 1], **HEADS},
        "word_piece": {"word_id": [0], "pieces": [[" go", "od"]]},
    }
    storage = Storage(tmp_path)
    content = write_content(tmp_path, SPEC, columns_of(SPEC) | tables)
    publish_release(storage, card(SPEC), content, keep=1)
    with open_release(SPEC.name, storage=storage) as opened:
        assert opened.layers.heads(1).to_pydict() == HEADS
        assert opened.layers.heads(0).num_rows == 0
        assert opened.words.pieces("good") == (" go", "od")
        assert opened.words.pieces("bad") == ()
    assert release.layers.heads(1).num_rows == 0
