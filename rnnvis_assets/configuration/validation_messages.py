"""pydantic's errors in plain words: where in the file, what was found, what was expected.

The expectation is read from the model's JSON schema, so it names the whole rule (type, range,
choices) whichever part of it was broken.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rnnvis_assets.configuration.config_faults import ConfigFault, Location, dotted, shown
from rnnvis_assets.configuration.yaml_file import YamlFile
from warehouse.errors import near_miss

Schema = Mapping[str, Any]

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "of at least {} character",
    "minItems": "with at least {} entry",
    "pattern": "matching {}",
}


class _Shape:
    """A model's JSON schema, walked along pydantic's error locations."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.root: Schema = model.model_json_schema()

    def resolve(self, schema: Schema) -> Schema:
        """Follows a reference, and looks past ``null`` where one other shape is allowed."""
        if "$ref" in schema:
            return self.resolve(self.root["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
        options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
        return self.resolve(options[0]) if len(options) == 1 else schema

    def variant(self, schema: Schema, tag: str) -> Schema:
        """The member of a tagged union."""
        return self.resolve({"$ref": schema["discriminator"]["mapping"][tag]})

    def step(self, schema: Schema, part: str | int) -> Schema:
        """What a section says of one key, or of any, or a list of its entries."""
        if isinstance(part, int):
            return schema.get("items") or {}
        of_any = schema.get("additionalProperties")
        return _keys(schema).get(part) or (of_any if isinstance(of_any, Mapping) else {})

    def paths(self, schema: Schema, above: Location = ()) -> Iterator[Location]:
        """Every key of every section below ``schema``."""
        for name, inner in _keys(self.resolve(schema)).items():
            yield (*above, name)
            yield from self.paths(inner, (*above, name))


def _keys(schema: Schema) -> Mapping[str, Schema]:
    keys: Mapping[str, Schema] = schema.get("properties", {})
    return keys


def _choices(schema: Schema) -> list[str]:
    return [str(choice) for choice in schema.get("enum", ())]


def _describe(shape: _Shape, schema: Schema) -> str:
    """The whole rule in words: ``a whole number, at least 1, or null``."""
    if any(option.get("type") == "null" for option in schema.get("anyOf", ())):
        return f"{_describe(shape, shape.resolve(schema))}, or null"
    schema = shape.resolve(schema)
    if _choices(schema):
        return f"one of {', '.join(_choices(schema))}"
    if "discriminator" in schema:
        return f"a section whose kind is one of {', '.join(schema['discriminator']['mapping'])}"
    if _keys(schema):
        return f"a section with the keys {', '.join(_keys(schema))}"
    limits = [text.format(schema[name]) for name, text in _LIMITS.items() if name in schema]
    if schema.get("type") == "array":
        words = f"a list, each entry {_describe(shape, schema['items'])}"
    else:
        words = _TYPES.get(schema.get("type", ""), "another value")
    return ", ".join([words, *limits])


def _quoting_hint(found: Any, schema: Schema) -> str:
    """YAML's own surprises: ``1e-3`` is text there, and ``no`` or ``12`` are not."""
    if schema.get("type") == "string" and isinstance(found, bool | int | float):
        return "; write it in quotes"
    if schema.get("type") not in {"number", "integer"} or not isinstance(found, str):
        return ""
    try:
        number = float(found)
    except ValueError:
        return ""
    if not isfinite(number):
        return ""
    plain = int(number) if number.is_integer() else number
    return f"; YAML takes this for text, write {plain}"


def _place(shape: _Shape, parts: Location) -> tuple[Location, Schema, Schema]:
    """pydantic's location without the tags of unions, the section it is in, and its own rule."""
    section = rule = shape.root
    location: Location = ()
    for part in parts:
        section = shape.resolve(rule)
        if "discriminator" in section:
            rule = shape.variant(section, str(part))
            continue
        rule, location = shape.step(section, part), (*location, part)
    return location, section, rule


def _unknown_key(shape: _Shape, section: Schema, key: str) -> str:
    expected = f"found an unknown key, expected one of {', '.join(_keys(section))}"
    near = near_miss(key, _keys(section))
    elsewhere = [dotted(path) for path in shape.paths(shape.root) if path[-1] == key]
    if not near and elsewhere:
        near = f"; did you mean {elsewhere[0]!r}?"
    return expected + near


def _message(shape: _Shape, error: ErrorDetails, section: Schema, rule: Schema) -> str:
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "missing":
            return f"found nothing, expected this key: {_describe(shape, rule)}"
        case "extra_forbidden" | "invalid_key":
            return _unknown_key(shape, section, str(error["loc"][-1]))
    found, rule_itself = error["input"], shape.resolve(rule)
    hint = near_miss(found, _choices(rule_itself)) or _quoting_hint(found, rule_itself)
    return f"found {shown(found)}, expected {_describe(shape, rule)}{hint}"


def _tag_fault(
    document: YamlFile, location: Location, error: ErrorDetails, rule: Schema
) -> ConfigFault:
    """A union's tag that is missing or unknown: the fault lies in its key, not in the section."""
    tag = rule["discriminator"]["propertyName"]
    kinds = list(rule["discriminator"]["mapping"])
    found = error["input"].get(tag)
    message = f"found {shown(found)}, expected one of {', '.join(kinds)}{near_miss(found, kinds)}"
    return document.fault((*location, tag), message)


def explain(
    document: YamlFile, model: type[BaseModel], error: ValidationError
) -> list[ConfigFault]:
    """Every fault that validating ``document`` as a ``model`` has found."""
    shape, faults = _Shape(model), []
    for detail in error.errors(include_url=False):
        location, section, rule = _place(shape, detail["loc"])
        if detail["type"].startswith("union_tag"):
            faults.append(_tag_fault(document, location, detail, shape.resolve(rule)))
        else:
            faults.append(document.fault(location, _message(shape, detail, section, rule)))
    return faults
