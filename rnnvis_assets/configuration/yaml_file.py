"""Reading one YAML file: plain data only, with the line of every key at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rnnvis_assets.configuration.config_faults import ConfigFault, Location


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


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        # The last one wins in YAML, after a merge key too.
        pairs = [pair for pair in node.value if pair[0].value == str(part)]
        return pairs[-1] if pairs else (None, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None


def _duplicate_keys(node: yaml.Node | None, above: Location, seen: set[int]) -> Iterator[Location]:
    """Keys written twice. ``seen`` keeps a node that contains itself from going on for ever."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*above, index), seen)
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                yield (*above, key.value)
            names.add(str(key.value))
            yield from _duplicate_keys(value, (*above, str(key.value)), seen)


def _yaml_fault(file: Path, error: yaml.YAMLError) -> ConfigFault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = mark.line + 1 if mark else None
    return ConfigFault(file, line, (), f"found {problem}, expected plain YAML")


def read_document(file: Path, faults: list[ConfigFault]) -> YamlFile | None:
    """Reads ``file``; what is wrong is added to ``faults``. None where nothing can be read.

    Only plain data are built (the rules of ``yaml.safe_load``): a tag naming a Python object is a
    fault.
    """
    try:
        loader = yaml.SafeLoader(file.read_text("utf-8"))
        root = loader.get_single_node()
        duplicates = list(_duplicate_keys(root, (), set()))
        content = loader.construct_document(root) if root else {}
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
    faults += [
        document.fault(location, "found this key twice, expected it once")
        for location in duplicates
    ]
    return document
