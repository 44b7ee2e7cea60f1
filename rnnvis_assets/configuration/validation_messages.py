"""pydantic's errors in plain words: where in the file, what was found, what was expected.

What was expected is read from the model's JSON schema, so it names the complete rule (type, range,
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


def explain(
    document: YamlFile, model: type[BaseModel], error: ValidationError
) -> list[ConfigFault]:
    """Every fault that validating ``document`` as a ``model`` has found."""
    schema = model.model_json_schema()
    root = _inlined(schema, schema.get("$defs", {}))
    faults = (_fault(document, root, detail) for detail in error.errors(include_url=False))
    return document.first_faults(faults, error.error_count())


def _inlined(schema: Any, definitions: Schema) -> Any:
    """The schema with its references replaced, and ``nullable`` in place of a union with null."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "discriminator" in schema:
        references = schema["discriminator"]["mapping"]
        variants = {tag: {"$ref": reference} for tag, reference in references.items()}
        return {"variants": _inlined(variants, definitions),
                "tag": schema["discriminator"]["propertyName"]}  # fmt: skip
    found = {key: _inlined(part, definitions) for key, part in schema.items() if key != "$defs"}
    options = [option for option in found.get("anyOf", ()) if option.get("type") != "null"]
    return {**options[0], "nullable": True} if len(options) == 1 else found


def _fault(document: YamlFile, root: Schema, error: ErrorDetails) -> ConfigFault:
    location, section, rule = _place(root, error["loc"])
    if error["type"].startswith("union_tag"):
        # A tag that is missing or unknown: the fault lies in its key, not in the section.
        found, kinds = error["input"].get(rule["tag"]), list(rule["variants"])
        expected = f"expected one of {', '.join(kinds)}{near_miss(found, kinds)}"
        return document.fault((*location, rule["tag"]), f"found {shown(found)}, {expected}")
    return document.fault(location, _message(root, section, rule, error))


def _place(root: Schema, parts: Location) -> tuple[Location, Schema, Schema]:
    """pydantic's location without the tags of unions, the section it is in, and its own rule."""
    section = rule = root
    location: Location = ()
    for part in parts:
        section = rule
        if "variants" in section:
            rule = section["variants"][part]
            continue
        rule, location = _step(section, part), (*location, part)
    return location, section, rule


def _step(section: Schema, part: str | int) -> Schema:
    """The rule of one key, or of any key, or of the entries of a list."""
    if isinstance(part, int):
        return section.get("items") or {}
    of_any = section.get("additionalProperties")
    return _keys(section).get(part) or (of_any if isinstance(of_any, Mapping) else {})


def _keys(schema: Schema) -> Mapping[str, Schema]:
    keys: Mapping[str, Schema] = schema.get("properties", {})
    return keys


def _message(root: Schema, section: Schema, rule: Schema, error: ErrorDetails) -> str:
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "missing":
            return f"found nothing, expected this key: {_describe(rule)}"
        case "extra_forbidden" | "invalid_key":
            return _unknown_key(root, section, str(error["loc"][-1]))
    found, choices = error["input"], [str(choice) for choice in rule.get("enum", ())]
    hint = near_miss(found, choices) or _quoting_hint(found, rule)
    return f"found {shown(found)}, expected {_describe(rule)}{hint}"


def _describe(rule: Schema) -> str:
    """The complete rule in words: ``a whole number, at least 1, or null``."""
    return f"{_describe_value(rule)}, or null" if rule.get("nullable") else _describe_value(rule)


def _describe_value(rule: Schema) -> str:
    if "enum" in rule:
        return f"one of {', '.join(map(str, rule['enum']))}"
    if "variants" in rule:
        return f"a section whose kind is one of {', '.join(rule['variants'])}"
    if _keys(rule):
        return f"a section with the keys {', '.join(_keys(rule))}"
    limits = [text.format(rule[name]) for name, text in _LIMITS.items() if name in rule]
    if rule.get("type") == "array":
        words = f"a list, each entry {_describe(rule['items'])}"
    else:
        words = _TYPES.get(rule.get("type", ""), "another value")
    return ", ".join([words, *limits])


def _unknown_key(root: Schema, section: Schema, key: str) -> str:
    near = near_miss(key, _keys(section))
    other_sections = [dotted(path) for path in _paths(root) if path[-1] == key]
    if not near and other_sections:
        near = f"; did you mean {other_sections[0]!r}?"
    return f"found an unknown key, expected one of {', '.join(_keys(section))}{near}"


def _paths(schema: Schema, above: Location = ()) -> Iterator[Location]:
    """Every key of every section below ``schema``."""
    for name, inner in _keys(schema).items():
        yield (*above, name)
        yield from _paths(inner, (*above, name))


def _quoting_hint(found: Any, rule: Schema) -> str:
    """YAML's own surprises: ``1e-3`` is text there, and ``no`` or ``12`` are not."""
    if rule.get("type") == "string" and isinstance(found, bool | int | float):
        return "; write it in quotes"
    if rule.get("type") not in {"number", "integer"} or not isinstance(found, str):
        return ""
    try:
        number = float(found)
    except ValueError:
        return ""
    plain = int(number) if isfinite(number) and number.is_integer() else number
    return f"; YAML takes this for text, write {plain}" if isfinite(number) else ""
