"""The words of a sentence, recorded or typed, as the network reads them and as they are shown."""

from dataclasses import dataclass

from viewer.data import release_store
from viewer.data.release_cache import cached_by_release
from warehouse.arrays import Int32Array
from warehouse.reader import Release


@dataclass(frozen=True, eq=False)
class TokenizedSentence:
    """``words`` as they were written and ``word_ids`` int32[words] as they are read; ``unknown``
    holds the positions of words outside the vocabulary, ``note`` what the reader should know."""

    words: tuple[str, ...]
    word_ids: Int32Array
    unknown: tuple[int, ...] = ()
    note: str = ""


@cached_by_release
def text_of(release: Release, sentence: int | str) -> TokenizedSentence:
    """The words of a recorded sentence, by its number, or of a typed one.

    Raises ReleaseError for a number that no sentence has, AnalysisError for a text without words,
    and for one that no network is there to read.
    """
    if isinstance(sentence, str):
        from viewer.data.typed_sentences import tokenize_typed  # imports PyTorch

        return tokenize_typed(release, sentence)
    word_ids = release.sentences.tokens(sentence)["word_id"].to_numpy()
    written = str(release.sentences.get(sentence)["text"]).split(" ")
    known = release_store.vocabulary_of(release).words
    words = written if len(written) == len(word_ids) else [known[i] for i in word_ids]
    return TokenizedSentence(tuple(words), word_ids)
