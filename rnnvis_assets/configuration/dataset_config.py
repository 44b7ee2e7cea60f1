"""What a file in ``configs/datasets`` may say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Task = Literal["language_model", "classification"]
SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class Strict(BaseModel):
    """Frozen, and faithful to the letter: no unknown key, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class RemoteFile(Strict):
    """A file looked for in ``$RNNVIS_MIRROR`` by name, then downloaded; its checksum must hold."""

    name: str = Field(min_length=1, description="file name, as in the mirror")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file's bytes")
    url: str | None = Field(None, description="download address; none where terms forbid one")
    terms: str | None = Field(None, description="where to get it by hand, and on what terms")


class DocstringSource(Strict):
    """English prose from the docstrings of installed libraries, parsed without importing them."""

    kind: Literal["docstrings"]
    packages: tuple[str, ...] = Field(
        min_length=1, strict=False, description="names of installed packages"
    )


class ToyReviewSource(Strict):
    """Reviews written by a small grammar with planted polarity, negation and contrast."""

    kind: Literal["toy_reviews"]
    num_documents: int = Field(ge=30, description="reviews written")
    positive_share: float = Field(0.5, gt=0, lt=1, description="class balance")


class SplitFilesSource(Strict):
    """Three text files, one a split, a sentence a line."""

    kind: Literal["split_files"]
    train: RemoteFile
    validation: RemoteFile
    test: RemoteFile


class TextSource(Strict):
    """Text files: yours by ``path``, or a known one by ``file``. A line is a sentence."""

    kind: Literal["text"]
    path: str | None = Field(
        None,
        description="your own file, or several by a pattern such as `texts/*.txt`; relative to the "
        "folder of `configs`",
    )
    file: RemoteFile | None = None
    document: Literal["paragraph", "line"] = Field(
        "paragraph",
        description="what is dealt to a split whole: lines up to a blank one, or a line",
    )
    encoding: str | None = Field(None, description="utf-8, cp1252 and so on; null: detected")

    @model_validator(mode="after")
    def _one_place(self) -> "TextSource":
        if (self.path is None) == (self.file is None):
            raise ValueError("exactly one of path (your own file) and file (a known one) is needed")
        return self


class YelpSource(Strict):
    """Yelp's reviews in JSON lines: 1-2 stars negative, 4-5 positive, 3 left out."""

    kind: Literal["yelp"]
    file: RemoteFile
    maximum_words: int = Field(100, ge=1, description="reviews of this many words are left out")


Missing = Literal["refuse", "leave_out"]


class TableSettings(Strict):
    """How a table is read."""

    text: str = Field("text", description="name of the text column")
    separator: str | None = Field(
        None, min_length=1, max_length=1, description="between the columns; null: detected"
    )
    encoding: str | None = Field(None, description="utf-8, cp1252 and so on; null: detected")
    missing: Missing = Field("refuse", description="what becomes of rows without a text or a label")


class LabelledTableSource(TableSettings):
    """Your own table with a column of text and one of labels."""

    kind: Literal["table"]
    path: str = Field(
        description="a .csv, .tsv, .jsonl, .ndjson, .json (each also .gz) or .parquet file, or "
        "several by a pattern; relative to the folder of `configs`"
    )
    label: str | None = Field("label", description="name of the label column; null: none")


class OwnSplitsSource(TableSettings):
    """Your own files of each split, text or tables, by path or pattern. Any may be missing: such a
    split is dealt from the training file, or without one from the first that there is."""

    kind: Literal["own_splits"]
    train: str | None = Field(
        None,
        description="what is learned from; like all paths, relative to the folder of `configs`",
    )
    validation: str | None = Field(None, description="what chooses the best epoch")
    test: str | None = Field(None, description="what is kept for the analysis")
    label: str | None = Field(None, description="name of the tables' label column; null: none")
    document: Literal["paragraph", "line"] = Field(
        "paragraph", description="of text files: lines up to a blank one, or a line"
    )

    @property
    def paths(self) -> dict[SplitName, str]:
        """The path or pattern of each split that has one."""
        given: dict[SplitName, str | None] = {split: getattr(self, split) for split in SPLITS}
        return {split: path for split, path in given.items() if path is not None}

    @model_validator(mode="after")
    def _any_path(self) -> "OwnSplitsSource":
        if not self.paths:
            raise ValueError("at least one of train, validation and test is needed")
        return self


Source = Annotated[
    DocstringSource
    | ToyReviewSource
    | SplitFilesSource
    | TextSource
    | YelpSource
    | LabelledTableSource
    | OwnSplitsSource,
    Field(discriminator="kind"),
]


TokenKind = Literal["whitespace", "word", "unicode", "character"]
ENGLISH, NO_LANGUAGE = "en", "none"
WITHOUT_BLANKS = ("zh", "ja", "th", "lo", "km", "my")
"""Languages that put no blanks between words."""


def usual_tokens(language: str) -> TokenKind:
    """What a token is of a text in a language, where the dataset does not say."""
    base = language.partition("-")[0]
    known: dict[str, TokenKind] = {ENGLISH: "word", NO_LANGUAGE: "whitespace"}
    return "character" if base in WITHOUT_BLANKS else known.get(base, "unicode")


class Tokenizer(Strict):
    """How text becomes tokens."""

    kind: TokenKind = Field(
        "word",
        description="what a token is; whitespace: words as the file separates them; word: as in "
        "English; unicode: runs of letters and digits in any script; default by language",
    )
    lowercase: bool = Field(True, description="convert the text to lower case")
    numbers: Literal["keep", "symbol"] = Field("keep", description="symbol: every number becomes N")
    punctuation: Literal["keep", "drop"] = Field(
        "keep", description="whether punctuation marks are tokens"
    )
    end_of_sentence: bool = Field(True, description="end every sentence with <eos>")

    @model_validator(mode="after")
    def _numbers_are_words(self) -> "Tokenizer":
        if self.kind == "character" and self.numbers == "symbol":
            raise ValueError("numbers: symbol is for words; character tokens keep their digits")
        return self


class VocabularyLimits(Strict):
    """Which training words get an id of their own; the others become <unk>."""

    size: int | None = Field(None, ge=2, description="most words kept, special ones counted")
    minimum_count: int = Field(1, ge=1, description="fewest training occurrences")


class SplitShares(Strict):
    """Shares of the documents, for sources that come in one piece."""

    train: float = Field(0.8, gt=0, lt=1, description="fraction of the documents to learn from")
    validation: float = Field(0.1, gt=0, lt=1, description="fraction that chooses the best epoch")
    test: float = Field(0.1, gt=0, lt=1, description="fraction that is kept for the analysis")
    seed: int = Field(0, ge=0, description="order in which documents are dealt out")

    @model_validator(mode="after")
    def _whole(self) -> "SplitShares":
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train, validation and test add up to {total:g}, expected 1")
        return self


class DatasetConfig(Strict):
    """One dataset: where its text comes from and how it becomes tokens."""

    description: str = ""
    task: Task = Field(description="what a network learns from it")
    language: str = Field(
        ENGLISH,
        pattern=r"^(none|[a-z]{2,3}(-[A-Za-z]{2,4})?)$",
        description="of the text, as in `en`, `de` or `zh-Hant`; none: of no language. Chooses "
        "what a token is; only English gets part-of-speech tags",
    )
    source: Source
    tokenizer: Tokenizer = Tokenizer()
    vocabulary: VocabularyLimits = VocabularyLimits()
    split: SplitShares = SplitShares()
    classes: tuple[str, ...] | None = Field(
        None, strict=False, description="allowed labels, in order; default: those found, sorted"
    )

    @property
    def is_english(self) -> bool:
        """Whether the text is English, of any country."""
        return self.language.partition("-")[0] == ENGLISH

    @property
    def has_labels(self) -> bool:
        """Whether the source gives every document a class."""
        if isinstance(self.source, LabelledTableSource | OwnSplitsSource):
            return self.source.label is not None
        return isinstance(self.source, ToyReviewSource | YelpSource)

    @model_validator(mode="before")
    @classmethod
    def _tokens_of_language(cls, content: Any) -> Any:
        """Where no kind of token is stated, the usual one of the language."""
        if not isinstance(content, dict) or not isinstance(content.get("language"), str):
            return content
        tokenizer = content.get("tokenizer", {})
        if not isinstance(tokenizer, dict) or "kind" in tokenizer:
            return content
        return content | {"tokenizer": {"kind": usual_tokens(content["language"]), **tokenizer}}

    @model_validator(mode="after")
    def _task_fits_source(self) -> "DatasetConfig":
        if self.has_labels != (self.task == "classification"):
            found = "labels" if self.has_labels else "no labels"
            raise ValueError(
                f"task {self.task} does not fit: source {self.source.kind} gives {found} "
                "(a table without them says label: null)"
            )
        if self.classes is not None and self.task == "language_model":
            raise ValueError("classes are only for classification")
        return self
