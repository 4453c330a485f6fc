"""A copy of the project's code as it was when a run was planned: jobs execute it, whatever is edited beside them."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from lib.workflow.lock import writing
from lib.workflow.own_files import own_files, read_own
from lib.workflow.small_files import SmallFiles
from lib.workflow.stamps import SourceTree


def source_copy(tree: SourceTree, files: SmallFiles) -> Path:
    """The folder with the copy, named by its content; made unless a run is at work, which has one.

    It has the bytes of which ``tree`` makes the stamps.
    """
    folder = f"{files.folder}/inputs/source"
    current = f"{folder}.txt"
    if not files.may_write and files.at(current).is_file():
        return files.at(folder) / read_own(files.at(current)).strip()
    tops = sorted({package.split(".")[0] for package in tree.packages})
    sources = [p for top in tops for p in own_files(tree.root, f"{top}/**/*") if p.suffix != ".pyc"]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(f"{path.relative_to(tree.root)}\n".encode() + hashlib.sha256(tree.read(path)).digest())
    copy = files.at(folder) / digest.hexdigest()[:16]
    if not copy.is_dir():
        part = copy.with_name(f".{copy.name}-{os.getpid()}")
        with writing(copy):
            for path in sources:
                target = part / path.relative_to(tree.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tree.read(path))
            part.rename(copy)
    files.write(current, f"{copy.name}\n")
    return copy


def remove_others(copy: Path) -> None:
    """Remove the copies that earlier runs have left."""
    for old in copy.parent.iterdir():
        if old.name != copy.name:
            shutil.rmtree(old, ignore_errors=True)
