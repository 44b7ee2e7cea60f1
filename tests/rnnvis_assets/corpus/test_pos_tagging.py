from collections.abc import Iterator
from pathlib import Path

import nltk.data
import nltk.tag.mapping
import numpy as np
import pytest

from rnnvis_assets.corpus.corpus import UNIVERSAL_TAGS, Split, Vocabulary
from rnnvis_assets.corpus.pos_tagging import (
    find_tagger_data,
    load_tagger,
    tagger_identity,
    with_tags,
)
from tests.rnnvis_assets.corpus.tagger_data import write_tagger_data
from warehouse.errors import CorpusError


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A mirror that is the only place where NLTK may find anything."""
    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path))
    nltk.tag.mapping._MAPPINGS.clear()
    yield tmp_path
    nltk.tag.mapping._MAPPINGS.clear()


def test_without_data_the_pattern_tagger_serves(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_tagger_data() == ()
    monkeypatch.delenv("RNNVIS_MIRROR")
    tagger = load_tagger()
    assert "TextBlob" in tagger_identity()
    tokens = ["i", "took", "the", "loud", "dog", "to", "<unk>", "in", "N", "(", "%", "<eos>"]
    names = [UNIVERSAL_TAGS[tag] for tag in tagger.tag(tokens)]
    assert names[:6] == ["PRON", "VERB", "DET", "ADJ", "NOUN", "PRT"]
    assert names[6:] == ["X", "ADP", "NUM", ".", ".", "."]


def test_the_tagger_has_another_identity_with_data(mirror: Path) -> None:
    without = tagger_identity()
    write_tagger_data(mirror)
    with_data = tagger_identity()
    assert with_data != without
    tag_set = next(mirror.rglob("en-ptb.map"))
    tag_set.write_text(tag_set.read_text() + "\n")
    assert tagger_identity() not in (with_data, without)


def test_tokens_are_tagged_and_special_ones_honestly(mirror: Path) -> None:
    write_tagger_data(mirror)
    assert len(find_tagger_data()) == 2
    tagger = load_tagger()
    tokens = ["the", "<unk>", "dog", "N", '"', ".", "<eos>", "never-seen"]
    tags = tagger.tag(tokens)
    assert tags.dtype == np.int8
    names = [UNIVERSAL_TAGS[tag] for tag in tags]
    assert names == ["DET", "X", "NOUN", "NUM", ".", ".", ".", "VERB"]
    assert tagger.tag([]).shape == (0,)


def test_nltk_searches_where_it_did_before(mirror: Path) -> None:
    write_tagger_data(mirror)
    load_tagger()
    assert nltk.data.path == []


def test_damaged_data_are_no_reason_to_go_on_without_tags(mirror: Path) -> None:
    write_tagger_data(mirror)
    path = next(mirror.rglob("*.tagdict.json"))
    path.write_text(path.read_text()[:10])
    with pytest.raises(CorpusError, match="tagger data are damaged") as caught:
        load_tagger()
    assert "nltk.downloader" in caught.value.repair


def test_each_word_has_its_most_frequent_tag_and_share() -> None:
    noun, verb, adverb = (UNIVERSAL_TAGS.index(tag) for tag in ("NOUN", "VERB", "ADV"))
    word_ids = np.array([0, 0, 0, 1, 1, 3, 3], np.int32)
    tags = np.array([verb, noun, verb, noun, adverb, -1, noun], np.int8)
    train = Split(word_ids, np.array([0, 7]), np.zeros(1, np.int32), None, ("…",), tags)
    found = with_tags(Vocabulary.untagged("abcd", np.zeros(4, np.int64)), train)
    assert found.tags == ("VERB", "ADV", None, "NOUN")
    np.testing.assert_allclose(found.tag_shares, [2 / 3, 1 / 2, np.nan, 1], rtol=1e-6)
