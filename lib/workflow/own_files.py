"""The project's own files: which they are, and what they say."""

from __future__ import annotations

import ast
import glob
import os
from pathlib import Path
from typing import Any

from lib.report.yaml_files import read_text, read_yaml, unreadable


def own_files(root: Path, pattern: str) -> list[Path]:
    """Files below ``root`` that match, sorted, without hidden ones and backups.

    Those are an editor's or a file manager's (``.DS_Store``, ``._axes.py``, ``.axes.py.swp``, ``axes.py~``).
    """
    found = (root / name for name in glob.glob(pattern, root_dir=root, recursive=True))
    return sorted(path for path in found if path.is_file() and not path.name.endswith(("~", "#")))


def read_own(path: Path) -> str:
    """Text of a file. Ends the process with one line where it cannot be read or is not UTF-8."""
    try:
        return read_text(path, os.path.relpath(path))
    except ValueError as error:
        raise SystemExit(str(error)) from None


def read_own_yaml(path: Path) -> Any:
    """Content of a YAML file. Ends the process with one line where it cannot be read."""
    try:
        return read_yaml(path, os.path.relpath(path))
    except ValueError as error:
        raise SystemExit(str(error)) from None


def read_own_bytes(path: Path) -> bytes:
    """Bytes of a file. Ends the process with one line where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SystemExit(unreadable(os.path.relpath(path), error)) from None


def parse_own(source: bytes, path: Path) -> ast.Module:
    """Syntax tree of a file with ``source``. Ends the process with one line where it is no Python."""
    try:
        return ast.parse(source, filename=str(path))
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise SystemExit(f"{os.path.relpath(path)}: {line}{error.msg}") from None
    except ValueError as error:  # a NUL, in older Pythons
        raise SystemExit(f"{os.path.relpath(path)}: {error}") from None
