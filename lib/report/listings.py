"""Source code for the listings, read from the files by their syntax trees: nothing is imported or run."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Checks that give back what they check: which of their arguments that is, or the item of it.
_GIVES = {"check_number": "{1}", "check_count": "{1}", "check_scores": "{2}", "check_mode": '{1}["mode"]'}


@dataclass(frozen=True)
class Listing:
    """``code`` of a function or class; ``first`` and ``last`` are its lines in the file ``path`` (from 1).

    ``shortened``: something that the lines hold is left out.
    """

    code: str
    path: str
    first: int
    last: int
    shortened: bool = False


def module_path(module: str, root: str | Path) -> Path:
    """File of a dotted module name, relative to the project; :exc:`ValueError` where there is none."""
    relative = Path(*module.split("."))
    for candidate in (relative.with_suffix(".py"), relative / "__init__.py"):
        if (Path(root) / candidate).is_file():
            return candidate
    raise ValueError(f"no module {module!r} in the project")


def listing(module: str, name: str, root: str | Path, *, whole: bool = False) -> Listing:
    """Source of the function, class or method (``Class.method``) called ``name``, decorators included.

    Unless it is to be ``whole``, it is what a reader wants of it: the docstring is left out, and so are checks of
    arguments (calls of ``check_...`` and ``_check_...``), arrays to compute in (``out=config[SCRATCH]``) and private
    decorators. The lines named are those of the whole definition. A name that is not there is a :exc:`ValueError`.
    """
    path = module_path(module, root)
    text = (Path(root) / path).read_text(encoding="utf-8")
    node = _find(ast.parse(text), name)
    if node is None:
        raise ValueError(f"no function or class {name!r} in {path.as_posix()}")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or node.lineno
    lines = text.splitlines()
    source = "\n".join(lines[first - 1 : last])
    if whole:
        return Listing(textwrap.dedent(source) + "\n", path.as_posix(), first, last)
    skipped = {*_docstring_lines(node, lines), *_check_lines(node), *_private_decorators(node)}
    shorter = _unwrapped(node, lines)
    code = "\n".join(shorter[number - 1] for number in range(first, last + 1) if number not in skipped)
    return Listing(textwrap.dedent(code) + "\n", path.as_posix(), first, last, shortened=code != source)


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


def _called(node: ast.AST) -> str:
    """Name of the function that a call calls by its name alone, else nothing."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _lines_of(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _check_lines(node: Definition) -> set[int]:
    """Lines of the statements that do nothing but check an argument."""
    checks = [
        statement
        for statement in ast.walk(node)
        if isinstance(statement, ast.Expr) and _called(statement.value).lstrip("_").startswith("check_")
    ]
    return {number for check in checks for number in _lines_of(check)}


def _private_decorators(node: Definition) -> set[int]:
    private = [decorator for decorator in node.decorator_list if _called(decorator).startswith("_")]
    return {number for decorator in private for number in _lines_of(decorator)}


def _unwrapped(node: Definition, lines: list[str]) -> list[str]:
    """The lines, with what a check gives back in place of its call, and without scratch arrays.

    A call that goes over several lines stays as it is.
    """
    edits: list[tuple[int, int, int, str]] = []
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or call.lineno != call.end_lineno:
            continue
        if (gives := _GIVES.get(_called(call))) is not None:
            given = gives.format(*(ast.get_source_segment("\n".join(lines), part) for part in call.args))
            edits.append((call.lineno, call.col_offset, call.end_col_offset or 0, given))
        parts: list[ast.expr | ast.keyword | None] = [None, None, *call.args, *call.keywords]
        before, last = parts[-2:]
        if before is not None and isinstance(last, ast.keyword) and ast.unparse(last) == "out=config[SCRATCH]":
            edits.append((call.lineno, before.end_col_offset or 0, last.end_col_offset or 0, ""))
    result = list(lines)
    for number, start, end, new in sorted(edits, reverse=True):  # from the right: what is further left keeps its place
        line = result[number - 1].encode()
        result[number - 1] = (line[:start] + new.encode() + line[end:]).decode()
        # What is given back may be what it is called already.
        result[number - 1] = re.sub(r"^(\s*)(\w+), (\w+ = )\2, ", r"\1\3", result[number - 1])
    return result
