"""The version of a function's code, derived from the source that it reaches.

From the function on, every name is followed to the definition that it stands for, within our own
packages; the version is the hash of all definitions met. So a change of what a stage computes makes
that stage stale, and nothing else does: what cannot change the bytes that a finished run wrote is
left out (comments, docstrings, annotations, progress lines, the words of errors), and so is where
in the packages a definition stands and how it is laid out.

Not followed are the modules of ``_NOT_FOLLOWED`` and the classes of ``_CONTEXT``: settings and
tables have versions of their own (``freshness.py``), where files lie is a contract, which functions
of the table of model kinds count for a model is declared by each stage (``code``), and how many
workers share the work, how, and through which store, changes no byte.

Versions are kept where Python keeps byte code, and as long: until a source file has another size or
time. Deriving all of them takes as long as a third of Dagster's import.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from warehouse.atomic_files import write_json

PACKAGES = ("rnnvis_assets", "warehouse")
ROOT = Path(__file__).resolve().parents[2]
_NOT_FOLLOWED = (
    "warehouse.schema",
    "warehouse.storage",
    "warehouse.errors",
    "warehouse.object_store",
    "rnnvis_assets.model_kinds.model_kinds",
    "rnnvis_assets.engine.map_shards",
    "rnnvis_assets.engine.store_lease",
    "rnnvis_assets.engine.stored_outputs",
    "rnnvis_assets.recording.shared_shards",
)
_CONTEXT = ("rnnvis_assets.configuration.", "rnnvis_assets.engine.")

Name: TypeAlias = tuple[str, str]
"""A module, and a name that is defined or imported in it."""


@cache
def code_version(*functions: Callable[..., Any]) -> str:
    """The version of what some functions compute, each of them a module's own."""
    return _kept(ROOT).version(*((each.__module__, each.__qualname__) for each in functions))


@cache
def _kept(root: Path) -> "KeptVersions":
    return KeptVersions(root)


class KeptVersions:
    """The versions of a ``SourceTree``, derived again only where a source file has changed."""

    def __init__(self, root: Path) -> None:
        self._tree = SourceTree(root)
        self._file = root / PACKAGES[0] / "__pycache__" / "code_versions.json"
        self._stamp = _stamp(root)
        self._versions = self._read()

    def version(self, *names: Name) -> str:
        """Hash of every definition that the names reach."""
        key = " ".join(".".join(name) for name in names)
        if key not in self._versions:
            self._versions[key] = self._tree.version(*names)
            if not sys.dont_write_bytecode:
                with suppress(OSError):  # installed where this user may not write
                    write_json(self._file, {"stamp": self._stamp, "versions": self._versions})
        return self._versions[key]

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._file.read_text("utf-8"))
            return dict(content["versions"]) if content["stamp"] == self._stamp else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def _stamp(root: Path) -> str:
    """Changes with the size or the time of any source file."""
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    found = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256(repr(found).encode()).hexdigest()


class SourceTree:
    """The source of our packages under ``root``, each module read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, _Module | None] = {}

    def version(self, *names: Name) -> str:
        """Hash of every definition that the names reach."""
        texts = sorted(set(self.reached(*names).values()))
        return sha256("\n".join(texts).encode()).hexdigest()[:16]

    def reached(self, *names: Name) -> Mapping[Name, str]:
        """Every definition that the names reach, as normalised source."""
        found: dict[Name, str] = {}
        waiting, seen = list(names), set[Name]()
        while waiting:
            place = module, name = waiting.pop()
            source = None if place in seen else self._module(module)
            seen.add(place)
            if source is None:
                continue
            if module not in _NOT_FOLLOWED or place in names:
                for definition in source.definitions.get(name, ()):
                    if not (definition.is_class and module.startswith(_CONTEXT)):
                        found[place] = found.get(place, "") + definition.text
                        waiting += source.names_in(definition)
            if name in source.imports:
                waiting.append(source.imports[name])
        return found

    def _module(self, name: str) -> "_Module | None":
        if name not in self._modules:
            path = self._root.joinpath(*name.split(".")).with_suffix(".py")
            ours = name.partition(".")[0] in PACKAGES and path.is_file()
            self._modules[name] = _Module(name, ast.parse(path.read_bytes())) if ours else None
        return self._modules[name]


class _Module:
    """What a module defines and imports, by name."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name = name
        self.definitions: dict[str, list[_Definition]] = {}
        self.imports = _imports_in(tree.body)
        for statement in tree.body:
            for bound in _names_bound(statement):
                self.definitions.setdefault(bound, []).append(_Definition(statement))

    def names_in(self, definition: "_Definition") -> Iterator[Name]:
        """The names of a definition, as this module, the definition's own imports and the
        attributes of modules that it imports have them."""
        for name in definition.names:
            yield self._name, name
            if name in definition.imports:
                yield definition.imports[name]
        for owner, attribute in definition.attributes:
            imported = definition.imports.get(owner) or self.imports.get(owner)
            if imported:
                yield ".".join(imported), attribute


class _Definition:
    """A statement of a module that binds a name; read only once something reaches it."""

    def __init__(self, statement: ast.stmt) -> None:
        self.is_class = isinstance(statement, ast.ClassDef)
        self._statement = statement

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(_Normal().visit(self._statement)))

    @cached_property
    def text(self) -> str:
        """The statement as source, normalised."""
        return ast.unparse(self._nodes[0])

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(node.id for node in self._nodes if isinstance(node, ast.Name))

    @cached_property
    def attributes(self) -> frozenset[tuple[str, str]]:
        """Each attribute of a plain name, with that name."""
        return frozenset(
            (node.value.id, node.attr)
            for node in self._nodes
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        )

    @cached_property
    def imports(self) -> Mapping[str, Name]:
        """What it imports itself."""
        return _imports_in(self._nodes)


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module defines."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Assign():
            for node in chain.from_iterable(map(ast.walk, statement.targets)):
                if isinstance(node, ast.Name):
                    yield node.id
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _imports_in(nodes: Any) -> dict[str, Name]:
    """What ``from module import name`` statements bind, by the name that they bind."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


class _Normal(ast.NodeTransformer):
    """Takes away what cannot change what a finished run wrote."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        match node.value:
            case ast.Constant():
                return None
            case ast.Call(func=ast.Name(id="report") | ast.Attribute(attr="report")):
                return None
        return self.generic_visit(node)

    def visit_Raise(self, _: ast.Raise) -> ast.AST:
        return ast.Raise()

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.msg = None
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """The types of its fields stay: they may decide what is read, as pydantic's do."""
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        node.body = [each for each in node.body if each not in fields]
        self.generic_visit(node)
        node.body = [*fields, *node.body] or [ast.Pass()]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        plain = ast.Assign(targets=[node.target], value=node.value)
        return self.generic_visit(ast.copy_location(plain, node))

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(arg=node.arg)
