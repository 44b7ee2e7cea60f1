"""What a text amounts to: how much of it there is, and what its tokens should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from rnnvis_assets.configuration.dataset_config import NO_LANGUAGE, Tokenizer, usual_tokens
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.corpus.tokenization import tokenize
from rnnvis_assets.own_text.text_language import has_no_blanks

SAMPLED_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class TextFigures:
    """``tokens`` of all documents and ``words``, the different ones, both estimated from the first
    million characters; ``classes`` are the labels, sorted."""

    documents: int
    tokens: int
    words: int
    classes: tuple[str, ...] = ()


def fitting_tokenizer(
    documents: Sequence[SourceDocument], language: str, *, labelled: bool
) -> Tokenizer:
    """The usual tokens of a language: words in lower case, with N for numbers, or characters, also
    where blanks do not separate words."""
    kind, end = usual_tokens(language), not labelled
    if kind == "character" or has_no_blanks(documents):
        return Tokenizer(kind="character", lowercase=False, end_of_sentence=end)
    if language == NO_LANGUAGE:
        return Tokenizer(kind=kind, lowercase=False, end_of_sentence=end)
    return Tokenizer(kind=kind, numbers="symbol", end_of_sentence=end)


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
        tokens=round(tokens * characters / max(seen, 1)),
        words=len(words),
        classes=tuple(sorted(label for label in labels if label is not None)),
    )
