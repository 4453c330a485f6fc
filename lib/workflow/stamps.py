"""Code stamps: the digest of what a script does, however its behaviour is spread over modules.

A stamp covers the parsed code of a script and of every module of the project that it imports, directly or
through others. Comments, docstrings, layout and file times are not part of it. Imports are found in the syntax
trees, inside functions too; a dynamic or star import would escape and is refused.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lib.workflow.memory import remember, remembered
from lib.workflow.own_files import own_files, parse_own, read_own_bytes


@dataclass(frozen=True)
class Parsed:
    """What a module's text says: its own digest, what it imports by name, and the digest of its code."""

    text: str
    named: tuple[str, ...]
    digest: str


class SourceTree:
    """The project's modules, read and parsed once each: later edits change neither their stamps nor a copy of them.

    With a file to ``remember`` them in, those whose text has not changed since are not parsed again: at every start of
    Snakemake, and in every job on a cluster, that would take half a second. See :meth:`save`.
    """

    def __init__(self, root: Path, packages: Sequence[str] = ("lib", "scripts"), remember: Path | None = None) -> None:
        self.root = root
        self.packages = packages
        self._remember = remember
        self._remembered = remembered(remember, _made_by(), _parsed) if remember else {}
        self._parsed: dict[str, Parsed] = {}
        self._bytes: dict[Path, bytes] = {}

    def read(self, path: Path) -> bytes:
        """Bytes of a file as it was when it was first read."""
        if path not in self._bytes:
            self._bytes[path] = read_own_bytes(path)
        return self._bytes[path]

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Every module of the project by dotted name; packages stand under their own name."""
        found = {}
        for package in self.packages:
            for path in own_files(self.root, f"{package.replace('.', '/')}/**/*.py"):
                parts = path.relative_to(self.root).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def _of(self, module: str) -> Parsed:
        if module not in self._parsed:
            path = self.modules[module]
            source = self.read(path)
            text = hashlib.sha256(source).hexdigest()
            known = self._remembered.get(module)
            if known is None or known.text != text:
                tree = parse_own(source, path)
                known = Parsed(text, tuple(sorted(set(self._named(module, tree)))), portable_digest(tree))
            self._parsed[module] = known
        return self._parsed[module]

    def save(self) -> None:
        """Write what has been parsed to the file that was given for it."""
        if self._remember is not None:
            known = {name: self._remembered[name] for name in self._remembered if name in self.modules}
            remember(self._remember, _made_by(), known | self._parsed)

    def imports(self, module: str) -> frozenset[str]:
        """Modules of the project that ``module`` names in import statements, with their parent packages.

        Raises ValueError on an import that cannot be followed.
        """
        names: set[str] = set()
        for name in self._of(module).named:
            parts = name.split(".")
            names.update(prefix for i in range(1, len(parts) + 1) if (prefix := ".".join(parts[:i])) in self.modules)
        return frozenset(names - {module})

    def _named(self, module: str, tree: ast.Module) -> Iterator[str]:
        path = self.modules[module]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                    parents = package[: len(package) - node.level + 1]
                    base = ".".join([*parents, *([base] if base else [])])
                for alias in node.names:
                    if alias.name == "*" and base.split(".")[0] in {package.split(".")[0] for package in self.packages}:
                        raise ValueError(f"{path}:{node.lineno}: star import of {base}; name what is imported")
                    yield f"{base}.{alias.name}"
            elif isinstance(node, ast.Call) and _is_dynamic_import(node):
                raise ValueError(f"{path}:{node.lineno}: dynamic import; changes behind it would not be noticed")

    def closure(self, module: str) -> list[str]:
        """``module``, its parent packages, and all of the project that they import, however indirectly, sorted.

        Raises ValueError for a module that is not there.
        """
        if module not in self.modules:
            raise ValueError(f"there is no module {module}")
        parts = module.split(".")
        waiting = [name for i in range(1, len(parts) + 1) if (name := ".".join(parts[:i])) in self.modules]
        seen = set(waiting)
        while waiting:
            new = self.imports(waiting.pop()) - seen
            seen |= new
            waiting += new
        return sorted(seen)

    def module_digest(self, module: str) -> str:
        """sha256 of the module's syntax tree without docstrings."""
        return self._of(module).digest

    def stamp(self, module: str, *loaded: str) -> str:
        """Text of the stamp of ``module`` and of those that it is told to load: one digest of all, then a line each."""
        names = sorted({name for root in (module, *loaded) for name in self.closure(root)})
        lines = [f"{self.module_digest(name)}  {name}" for name in names]
        total = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return "\n".join([f"{total}  {' and '.join((module, *loaded))} and what they import", *lines]) + "\n"


def _made_by() -> str:
    """What was parsed by another Python, or by another version of this module, is not taken over."""
    return f"{sys.version} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}"


def _parsed(fields: Mapping[str, Any]) -> Parsed:
    return Parsed(fields["text"], tuple(fields["named"]), fields["digest"])


def _is_dynamic_import(node: ast.Call) -> bool:
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in ("__import__", "import_module")
    return isinstance(function, ast.Attribute) and function.attr == "import_module"


def portable_digest(tree: ast.Module) -> str:
    """sha256 of code without docstrings, comments and layout: the same whatever version of Python computes it."""
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body[:1]:
                case [ast.Expr(value=ast.Constant(value=str()))]:
                    docstrings.add(id(node.body[0]))
    return hashlib.sha256(_dump(tree, docstrings).encode()).hexdigest()


def _dump(node: object, left_out: set[int]) -> str:
    """Text of a tree without the nodes ``left_out`` and what is empty, since Pythons differ there."""
    if isinstance(node, ast.JoinedStr):  # 3.12 ends some formats with an empty text
        texts = [part for part in node.values if not (isinstance(part, ast.Constant) and part.value == "")]
        return f"JoinedStr(values={_dump(texts, left_out)})"
    if isinstance(node, ast.AST):
        fields = (
            f"{name}={_dump(value, left_out)}"
            for name, value in ast.iter_fields(node)
            if not (value is None or value == [])
        )
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(_dump(item, left_out) for item in node if id(item) not in left_out)}]"
    return repr(node)
