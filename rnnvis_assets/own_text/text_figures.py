"""What a text amounts to: how much of it there is, and what its tokens should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.corpus.tokenization import tokenize

SAMPLED_CHARACTERS = 1_000_000
LONGEST_WORD = 16.0
"""Characters between blanks, on average: above, words are not separated by blanks."""


@dataclass(frozen=True)
class TextFigures:
    """``tokens`` of all documents and ``words``, the different ones, both estimated from the first
    million characters; ``classes`` are the labels, sorted."""

    documents: int
    sentences: int
    tokens: int
    words: int
    classes: tuple[str, ...] = ()


def fitting_tokenizer(documents: Sequence[SourceDocument], *, labelled: bool) -> Tokenizer:
    """Words in lower case, with N for numbers; characters where blanks do not separate words."""
    texts = [text for document in documents[:1000] for text in document.sentences]
    characters, blanks = sum(map(len, texts)), sum(len(text.split()) for text in texts)
    if characters > LONGEST_WORD * max(blanks, 1):
        return Tokenizer(kind="character", lowercase=False, end_of_sentence=not labelled)
    return Tokenizer(numbers="symbol", end_of_sentence=not labelled)


def measure_text(documents: Sequence[SourceDocument], tokenizer: Tokenizer) -> TextFigures:
    """The figures of all documents."""
    characters, seen, tokens, words = 0, 0, 0, set[str]()
    for document in documents:
        for text in document.sentences:
            characters += len(text)
            if seen < SAMPLED_CHARACTERS:
                found = tokenize(text, tokenizer)
                seen += len(text)
                tokens += len(found)
                words.update(found)
    labels = {document.label for document in documents}
    return TextFigures(
        documents=len(documents),
        sentences=sum(len(document.sentences) for document in documents),
        tokens=round(tokens * characters / max(seen, 1)),
        words=len(words),
        classes=tuple(sorted(label for label in labels if label is not None)),
    )
