"""One YAML file: plain data only, read with the line of every key at hand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import inf, isinf
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from rnnvis_assets.configuration.config_faults import ConfigFault, Location
from rnnvis_assets.configuration.plain_file import read_plain_text

MOST_FAULTS = 100
"""Of one file that are listed: each is looked for in the whole file."""


@dataclass(frozen=True)
class YamlFile:
    """One file's content, with the syntax tree that knows its lines."""

    file: Path
    content: Any
    root: yaml.Node | None

    def line(self, location: Location) -> int | None:
        """Line, from 1, of the deepest part of ``location`` that the file has."""
        node, line = self.root, None
        for part in location:
            key, node = _child(node, part)
            if key is None:
                break
            line = key.start_mark.line + 1
        return line

    def fault(self, location: Location, message: str) -> ConfigFault:
        return ConfigFault(self.file, self.line(location), location, message)

    def first_faults(self, faults: Iterable[ConfigFault], count: int) -> list[ConfigFault]:
        """At most ``MOST_FAULTS`` of ``count`` faults, after one that says so if there are more."""
        more = f"found {count:,} faults; here are the first {MOST_FAULTS}"
        first = [self.fault((), more)] if count > MOST_FAULTS else []
        return [*first, *islice(faults, MOST_FAULTS)]


def yaml_text(content: Mapping[str, Any]) -> str:
    """The text of a file with this content, in this order."""
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        # The last one wins in YAML, after a merge key too.
        pairs = [pair for pair in node.value if pair[0].value == str(part)]
        return pairs[-1] if pairs else (None, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None


MOST_CHARACTERS = 1_000_000
"""Of all values, once aliases are written out: a short file can stand for gigabytes."""

MOST_BYTES = 4 * MOST_CHARACTERS
MOST_LEVELS = 50
LARGEST_INTEGER = 2**63 - 1
_TOO_DEEP = f"more than {MOST_LEVELS} levels of nesting"


class _BoundedLoader(yaml.SafeLoader):
    """Builds plain data of bounded size and depth; whatever cannot be read is a YAMLError."""

    levels = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.levels += 1
        if self.levels > MOST_LEVELS:
            raise ComposerError(None, None, _TOO_DEEP, self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self.levels -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except ValueError as error:  # the 31st of February
            problem = f"a value that cannot be read ({error})"
            raise ConstructorError(None, None, problem, node.start_mark) from error
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            problem = f"a whole number beyond {LARGEST_INTEGER:,}"
            raise ConstructorError(None, None, problem, node.start_mark)
        return value


def _parse(text: str) -> tuple[yaml.Node | None, list[Location], Any]:
    """The syntax tree, the keys written twice, and the content. Raises yaml.YAMLError."""
    loader = _BoundedLoader(text)
    root = loader.get_single_node()
    if root is None:
        return None, [], {}
    size, levels = _written_out(root, {})
    if size > MOST_CHARACTERS:
        problem = (
            f"{size:,.0f} characters once aliases are written out, at most {MOST_CHARACTERS:,}"
        )
        problem = "a value that contains itself" if isinf(size) else problem
        raise ComposerError(None, None, problem, root.start_mark)
    if levels > MOST_LEVELS:
        raise ComposerError(None, None, _TOO_DEEP, root.start_mark)
    return root, list(_duplicate_keys(root, ())), loader.construct_document(root)


def _written_out(node: yaml.Node, known: dict[int, tuple[float, int]]) -> tuple[float, int]:
    """Characters and levels of all values from ``node`` down, once aliases are written out."""
    if id(node) not in known:
        known[id(node)] = inf, 0  # while it is counted: met again, it contains itself
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        inner = (part for item in parts for part in (item if isinstance(item, tuple) else (item,)))
        found = [_written_out(part, known) for part in inner]
        own = len(node.value) if isinstance(node, yaml.ScalarNode) else 1
        size = own + sum(size for size, _ in found)
        known[id(node)] = size, 1 + max((levels for _, levels in found), default=0)
    return known[id(node)]


def _duplicate_keys(node: yaml.Node, above: Location) -> Iterator[Location]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*above, index))
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                yield (*above, key.value)
            names.add(str(key.value))
            yield from _duplicate_keys(value, (*above, str(key.value)))


def _yaml_fault(file: Path, error: yaml.YAMLError) -> ConfigFault:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).removeprefix("found ")
    line = mark.line + 1 if mark else None
    return ConfigFault(file, line, (), f"found {problem}, expected plain YAML")


def read_document(file: Path, faults: list[ConfigFault]) -> YamlFile | None:
    """Reads ``file``; what is wrong is added to ``faults``. None where nothing can be read.

    Only plain data of bounded size are built (the rules of ``yaml.safe_load``): a tag naming a
    Python object is a fault, and so are aliases that stand for more than ``MOST_CHARACTERS``.
    """
    try:
        root, duplicates, content = _parse(read_plain_text(file, most_bytes=MOST_BYTES))
    except OSError as error:
        faults.append(ConfigFault(file, None, (), f"cannot be read: {error.strerror}"))
        return None
    except UnicodeDecodeError as error:
        message = f"found a byte at {error.start} that is no UTF-8, expected a text file in UTF-8"
        faults.append(ConfigFault(file, None, (), message))
        return None
    except yaml.YAMLError as error:
        faults.append(_yaml_fault(file, error))
        return None
    document = YamlFile(file, {} if content is None else content, root)
    twice = (document.fault(each, "found this key twice, expected it once") for each in duplicates)
    faults += document.first_faults(twice, len(duplicates))
    return document
