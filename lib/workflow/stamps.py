"""Code stamps: the digest of what a script does, however its behaviour is spread over modules.

A stamp covers the parsed code of a script and of every module of the project that it imports, directly or
through others. Comments, docstrings, layout and file times are not part of it. Imports are found in the syntax
trees, inside functions too; a dynamic or star import would escape and is refused.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

PACKAGES = ("lib", "scripts")


class SourceTree:
    """The project's modules, parsed once each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._parsed: dict[str, ast.Module] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._digests: dict[str, str] = {}

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Every module of the project by dotted name; packages stand under their own name."""
        found = {}
        for package in PACKAGES:
            for path in sorted((self.root / package).rglob("*.py")):
                parts = path.relative_to(self.root).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def _tree(self, module: str) -> ast.Module:
        if module not in self._parsed:
            path = self.modules[module]
            self._parsed[module] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        return self._parsed[module]

    def imports(self, module: str) -> frozenset[str]:
        """Modules of the project that ``module`` names in import statements, with their parent packages.

        Raises ValueError on an import that cannot be followed.
        """
        if module not in self._imports:
            names: set[str] = set()
            for name in self._named(module):
                parts = name.split(".")
                names.update(
                    prefix for i in range(1, len(parts) + 1) if (prefix := ".".join(parts[:i])) in self.modules
                )
            self._imports[module] = frozenset(names - {module})
        return self._imports[module]

    def _named(self, module: str) -> Iterator[str]:
        path = self.modules[module]
        for node in ast.walk(self._tree(module)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                    parents = package[: len(package) - node.level + 1]
                    base = ".".join([*parents, *([base] if base else [])])
                for alias in node.names:
                    if alias.name == "*" and base.split(".")[0] in PACKAGES:
                        raise ValueError(f"{path}:{node.lineno}: star import of {base}; name what is imported")
                    yield f"{base}.{alias.name}"
            elif isinstance(node, ast.Call) and _is_dynamic_import(node):
                raise ValueError(f"{path}:{node.lineno}: dynamic import; changes behind it would not be noticed")

    def closure(self, module: str) -> list[str]:
        """``module``, its parent packages, and all of the project that they import, however indirectly, sorted."""
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
        if module not in self._digests:
            stripped = _without_docstrings(self._tree(module))
            self._digests[module] = hashlib.sha256(stripped.encode()).hexdigest()
        return self._digests[module]

    def stamp(self, script: str) -> str:
        """Text of the stamp of ``scripts.<script>``: one digest of all, then a line per module."""
        module = f"scripts.{script}"
        if module not in self.modules:
            raise ValueError(f"there is no script scripts/{script}.py")
        lines = [f"{self.module_digest(name)}  {name}" for name in self.closure(module)]
        total = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return "\n".join([f"{total}  {module} and what it imports", *lines]) + "\n"


def _is_dynamic_import(node: ast.Call) -> bool:
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in ("__import__", "import_module")
    return isinstance(function, ast.Attribute) and function.attr == "import_module"


def portable_digest(source: str) -> str:
    """sha256 of code without docstrings, comments and layout: the same whatever version of Python computes it."""
    return hashlib.sha256(_without_docstrings(ast.parse(source), empty_fields=False).encode()).hexdigest()


def _without_docstrings(tree: ast.Module, *, empty_fields: bool = True) -> str:
    """Text of the tree with docstrings left out; the tree itself stays as it is.

    ``empty_fields``: with fields that are empty or None; which of these there are differs between Python's versions.
    """
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body[:1]:
                case [ast.Expr(value=ast.Constant(value=str()))]:
                    docstrings.add(id(node.body[0]))
    return _dump(tree, docstrings, empty_fields)


def _dump(node: object, left_out: set[int], empty_fields: bool) -> str:
    if isinstance(node, ast.AST):
        fields = (
            f"{name}={_dump(value, left_out, empty_fields)}"
            for name, value in ast.iter_fields(node)
            if empty_fields or not (value is None or value == [])
        )
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(_dump(item, left_out, empty_fields) for item in node if id(item) not in left_out)}]"
    return repr(node)
