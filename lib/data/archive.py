"""Reading tar archives that come from somewhere else: streamed, bounded, never unpacked to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}

# The largest real archive unpacks to about 250 MB in 60,000 files, the largest file in it to 31 MB.
MAX_TOTAL = 512 * 2**20
MAX_MEMBER = 64 * 2**20
MAX_MEMBERS = 100_000


class _Bounded(io.RawIOBase):
    """A stream that fails once more than ``limit`` bytes have been read, headers and padding included."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left + 1 if size < 0 else min(size, self._left + 1)
        block = self._stream.read(wanted)
        self._left -= len(block)
        if self._left < 0:
            raise ValueError(f"unpacks to more than {self._limit} bytes")
        return block


def open_unpacked(path: Path | str) -> BinaryIO:
    """Open ``path`` for reading, through gzip, bzip2 or xz if its first bytes say so."""
    with open(path, "rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), open)
    return opener(path, "rb")  # type: ignore[operator,no-any-return]


def _check_member(member: tarfile.TarInfo, max_member: int) -> None:
    name = member.name
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise ValueError(f"unsafe file name {name!r}")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise ValueError(f"{name!r} is neither a plain file nor a folder")
    if member.size > max_member:
        raise ValueError(f"{name!r} has {member.size} bytes, more than the {max_member} allowed")


def tar_files(
    path: Path | str,
    *,
    max_member: int = MAX_MEMBER,
    max_total: int = MAX_TOTAL,
    max_members: int = MAX_MEMBERS,
) -> Iterator[tuple[str, bytes]]:
    """Yield ``(name, content)`` of each plain file of a tar archive, packed or not, in its order.

    Nothing is written to disk. Raises ``ValueError``, one line that names the archive, for a damaged archive,
    a name that is absolute or climbs with ``..``, a name that comes twice, a link or device, or sizes (bytes)
    and counts over the limits.
    """
    seen: set[str] = set()
    try:
        with open_unpacked(path) as stream:
            bounded: BinaryIO = _Bounded(stream, max_total)  # type: ignore[assignment]
            with tarfile.open(fileobj=bounded, mode="r|") as tar:
                for member in tar:
                    _check_member(member, max_member)
                    name = str(PurePosixPath(member.name))
                    if member.isdir():
                        continue
                    if name in seen:
                        raise ValueError(f"{name!r} comes twice")
                    seen.add(name)
                    if len(seen) > max_members:
                        raise ValueError(f"more than {max_members} files")
                    handle = tar.extractfile(member)
                    content = handle.read() if handle is not None else b""
                    if len(content) != member.size:
                        raise ValueError(f"{name!r} is cut short")
                    yield name, content
    except FileNotFoundError:
        raise
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        raise ValueError(f"{path}: not a readable tar archive, or damaged ({error})") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
