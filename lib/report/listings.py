"""Source code for the listings, read from the files by their syntax trees: nothing is imported or run."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Listing:
    """``code`` of a function or class; ``first`` and ``last`` are its lines in the file ``path`` (from 1)."""

    code: str
    path: str
    first: int
    last: int


def module_path(module: str, root: str | Path) -> Path:
    """File of a dotted module name, relative to the project; :exc:`ValueError` where there is none."""
    relative = Path(*module.split("."))
    for candidate in (relative.with_suffix(".py"), relative / "__init__.py"):
        if (Path(root) / candidate).is_file():
            return candidate
    raise ValueError(f"no module {module!r} in the project")


def listing(module: str, name: str, root: str | Path, *, docstring: bool = False) -> Listing:
    """Source of the function, class or method (``Class.method``) called ``name``, decorators included.

    Without ``docstring`` that of the object itself is left out, so that a listing is as short as its code;
    the lines named are those of the whole definition. A name that is not there is a :exc:`ValueError`.
    """
    path = module_path(module, root)
    text = (Path(root) / path).read_text(encoding="utf-8")
    node = _find(ast.parse(text), name)
    if node is None:
        raise ValueError(f"no function or class {name!r} in {path.as_posix()}")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or node.lineno
    lines = text.splitlines()
    kept = range(first, last + 1)
    skipped = range(0) if docstring else _docstring_lines(node, lines)
    code = "\n".join(lines[number - 1] for number in kept if number not in skipped)
    return Listing(textwrap.dedent(code) + "\n", path.as_posix(), first, last)


def _find(tree: ast.AST, name: str) -> Definition | None:
    """The last definition of that name, as Python itself would have it."""
    found: ast.AST | None = tree
    for part in name.split("."):
        candidates = [
            node
            for node in getattr(found, "body", [])
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == part
        ]
        if not candidates:
            return None
        found = candidates[-1]
    assert isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return found


def _docstring_lines(node: Definition, lines: list[str]) -> range:
    if ast.get_docstring(node, clean=False) is None or len(node.body) < 2:
        return range(0)
    doc = node.body[0]
    last = doc.end_lineno or doc.lineno
    if lines[doc.lineno - 1][: doc.col_offset].strip() or last == node.body[1].lineno:
        return range(0)  # it shares a line with code
    while last < len(lines) and not lines[last].strip():
        last += 1  # the empty lines below it
    return range(doc.lineno, last + 1)
