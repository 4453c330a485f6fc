"""Which texts and which figure code make a report, so that a published one can be held against the present ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from lib.workflow.own_files import own_files, parse_own, read_own_bytes
from lib.workflow.stamps import portable_digest

TEXTS = "report/**/*"
NOT_READ = ("report/glossary.yaml", "report/workflow.rst")  # for tests, and for Snakemake's own report


def made_with(root: Path, figure_code: Iterable[str]) -> dict[str, str]:
    """sha256 by path of every text in ``report/`` and of the code (see :func:`portable_digest`) of every figure.

    ``figure_code`` are patterns of the files that draw.
    """
    texts = {
        path: hashlib.sha256(read_own_bytes(root / path).replace(b"\r\n", b"\n")).hexdigest()
        for path in _paths(root, TEXTS)
        if path not in NOT_READ
    }
    code = {
        path: portable_digest(parse_own(read_own_bytes(root / path), root / path))
        for pattern in figure_code
        for path in _paths(root, pattern)
    }
    return texts | code


def _paths(root: Path, pattern: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in own_files(root, pattern)]
