"""What ``lstm.yml`` may say, of which the rest of LSTMVis's page is left alone."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rnnvis_assets.configuration.config_faults import ConfigFault as ConfigurationFault
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import read_document
from rnnvis_assets.recording_import.contents.recording_description import translate
from rnnvis_assets.recording_import.contents.recording_sources import Opened

FILE = "lstm.yml"


class _Section(BaseModel):
    """Frozen; keys that only LSTMVis's own page needs are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WordSequence(_Section):
    """Where the word of every time step stands, and the dictionary of the words."""

    file: str
    path: str
    dict_file: str


class StateType(_Section):
    """One recorded array. ``unsigned`` says how LSTMVis draws it, and changes no value."""

    type: Literal["state", "output"]
    layer: int = Field(ge=1)
    path: str
    file: str | None = None
    transform: Literal["tanh", "none"] = "tanh"


class States(_Section):
    """The recorded arrays; ``file`` is where they lie unless they say otherwise."""

    file: str
    types: tuple[StateType, ...] = Field(min_length=1)


class Vis(_Section):
    """How an annotation is drawn: ``discrete`` ones are categories."""

    type: str = "discrete"


class Meta(_Section):
    """An annotation, a row a token, or, by ``index``, a row a word."""

    file: str
    path: str
    dictionary: str | None = Field(None, alias="dict")
    type: str = "general"
    index: Literal["self", "word_sequence"] = "self"
    vis: Vis = Vis()


class Settings(_Section):
    """``lstm.yml``."""

    name: str = ""
    description: str = ""
    files: Mapping[str, str]
    word_sequence: WordSequence
    states: States
    meta: Mapping[str, Meta] = {}


def read_settings(opened: Opened) -> Settings | None:
    """What ``lstm.yml`` says. States and annotations in which something is wrong are told and left
    out, so that the others can be looked at; None where anything else is wrong."""
    wrong = list[ConfigurationFault]()
    document = read_document(opened.folder / FILE, wrong)
    settings = None
    if document is not None:
        try:
            settings = Settings.model_validate(document.content)
        except ValidationError as error:
            wrong += explain(document, Settings, error)
            settings = _validate_rest(document.content, error)
    opened.faults += map(translate, wrong)
    opened.unopened |= bool(wrong)
    return settings


def _validate_rest(content: Any, error: ValidationError) -> Settings | None:
    """The settings without the states and annotations that ``error`` names."""
    places = [each["loc"] for each in error.errors()]
    states = {place[2] for place in places if place[:2] == ("states", "types") and place[2:]}
    tracks = {place[1] for place in places if place[:1] == ("meta",) and place[1:]}
    try:
        types = [each for at, each in enumerate(content["states"]["types"]) if at not in states]
        meta = {name: each for name, each in content.get("meta", {}).items() if name not in tracks}
        left = {"states": {**content["states"], "types": types}, "meta": meta}
        return Settings.model_validate({**content, **left})
    except (ValidationError, KeyError, TypeError, AttributeError):
        return None
