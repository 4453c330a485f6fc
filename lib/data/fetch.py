"""Fetching data sets from mirrors in order, each file checked before it takes its place.

Imports nothing that reads the data, since nearly every file is known by its digest; what reads the others is handed in.
"""

from __future__ import annotations

import contextlib
import glob
import gzip
import hashlib
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock

from lib.data.addresses import host, is_address, local_path, shown, under
from lib.data.client import VariableError
from lib.data.sources import PublicMirror, Source, SourceFile
from lib.data.transfer import Report, TransferError, TransferSettings, UnreachableError, download, to_stderr

_BLOCK = 2**20
_MIRROR = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*[^/]*@)?[^\s,]+", re.IGNORECASE)  # blanks and commas may be of a password
_MISSING = "no such file: "
_GZIP = b"\x1f\x8b"
WAYS_OUT = "Put the file in a folder and run with DATA_MIRROR=that/folder, or try the pipeline without it: make demo"

CheckContent = Callable[[Path], None]  # raises ValueError, one line, unless a file has the content of the data set


class FetchError(Exception):
    """No mirror gave the data set; the text is the whole message to the user, on several lines."""


@dataclass(frozen=True)
class Candidate:
    """One place where one file may be: an address or a path, of the mirror that the message names."""

    where: str
    file: SourceFile
    mirror: str

    @property
    def host(self) -> str | None:
        """Host and port of an address, nothing for a path."""
        return host(self.where)


def mirror_list(configured: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> list[str]:
    """The user's mirrors in order: those in ``DATA_MIRROR``, then ``configured``, without repetition.

    ``DATA_MIRROR`` is one folder, or folders and URLs separated by blanks or commas (a colon belongs to
    URLs, and so does what stands before their ``@``).
    """
    value = (os.environ if environ is None else environ).get("DATA_MIRROR", "").strip()
    is_one = bool(value) and os.path.exists(local_path(value))
    named = [value] if is_one else _MIRROR.findall(value)
    return list(dict.fromkeys([*named, *configured]))


def _in_mirror(mirror: str, files: Sequence[SourceFile]) -> list[Candidate]:
    path = local_path(mirror)
    if not is_address(mirror) and files[0].format != "idx" and os.path.isfile(path):
        # The whole data set, whatever it is called.
        return [Candidate(path, next((f for f in files if f.name == os.path.basename(path)), files[0]), mirror)]
    return [Candidate(under(mirror, file.name), file, mirror) for file in files]


def candidates(files: Iterable[SourceFile], mirrors: Sequence[str], public: Sequence[PublicMirror]) -> list[Candidate]:
    """Where any one of ``files`` may be: each of the user's mirrors for every name, then the public ones."""
    files = list(files)
    found = [candidate for mirror in mirrors for candidate in _in_mirror(mirror, files)]
    for mirror in public:
        for file in files:
            if mirror.file is None:
                found.append(Candidate(under(mirror.url, file.name), file, mirror.url))
            elif mirror.file == file.name:
                found.append(Candidate(mirror.url, file, mirror.url))
    return found


def _digests(path: Path, unpacked: bool) -> tuple[str, str, int]:
    """sha256, md5 and size of a file, or of what is inside its gzip, whose checksum is checked, too."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with gzip.open(path, "rb") if unpacked else open(path, "rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            md5.update(block)
            size += len(block)
            if size > TransferSettings.max_bytes:
                raise TransferError(f"more than {TransferSettings.max_bytes} bytes")
    return sha256.hexdigest(), md5.hexdigest(), size


def _check_commit(path: Path, commit: str) -> None:
    """A git archive names its commit in its first header; the gzip checksum says that the rest is whole."""
    with tarfile.open(path, "r|gz") as tar:
        tar.next()
        named = tar.pax_headers.get("comment", "none")
    if named != commit:
        raise TransferError(f"archive of commit {named[:40]!r}, expected {commit}")
    _digests(path, unpacked=True)


def _beginning(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(64)


def verify(path: Path, file: SourceFile) -> None:
    """Raise :class:`TransferError`, in a few words, unless ``path`` holds what is known of ``file``."""
    packed = _beginning(path).startswith(_GZIP)
    if not (packed or file.unpacked):
        raise TransferError("not packed with gzip")
    try:
        if file.commit is not None:
            _check_commit(path, file.commit)
            return
        sha256, md5, size = _digests(path, unpacked=file.unpacked and packed)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise TransferError(f"damaged: {error}") from error
    if file.size is not None and size != file.size:
        raise TransferError(f"wrong size: {size} bytes, expected {file.size}")
    if file.sha256 is not None and sha256 != file.sha256:
        raise TransferError(f"wrong digest: sha256 {sha256}, expected {file.sha256}")
    if file.md5 is not None and md5 != file.md5:
        raise TransferError(f"wrong digest: md5 {md5}, expected {file.md5}")


def _recognise(path: Path, files: Iterable[SourceFile], check_content: CheckContent | None) -> None:
    """Raise :class:`TransferError` unless ``path`` is one of ``files`` or, packed in another way, has their content."""
    start = _beginning(path)
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise TransferError("a web page instead of the file")
    if not start:
        raise TransferError("an empty file")
    said: list[str] = []
    for file in files:
        try:
            return verify(path, file)
        except TransferError as error:
            said.append(str(error))
    del said[1:]  # of the file that it should have been
    if check_content is not None:
        try:
            return check_content(path)
        except ValueError as error:
            said.append(str(error).removeprefix(f"{path}: "))
    raise TransferError("; ".join(said))


def _part(destination: Path, where: str) -> Path:
    """The partial file of one address; each has its own, so that two mirrors' bytes never mix."""
    return destination.with_name(f"{destination.name}.{hashlib.sha256(where.encode()).hexdigest()[:12]}.part")


def _remove_parts(destination: Path) -> None:
    for ending in (".part", ".part.tag"):
        for path in destination.parent.glob(f"{glob.escape(destination.name)}.????????????{ending}"):
            path.unlink(missing_ok=True)


def _copy(source: Path, part: Path) -> None:
    if os.path.isfile(source.parent):
        raise TransferError(f"a file; name the folder in which {source.name} lies")
    if not os.path.isdir(source.parent):
        raise TransferError("no such folder")
    if not os.path.isfile(source):
        raise TransferError(_MISSING + source.name)
    try:
        reading = open(source, "rb")  # noqa: SIM115 - errors of reading are the mirror's, of writing ours
    except OSError as error:
        raise TransferError(f"cannot be read: {error.strerror}") from error
    with reading, open(part, "wb") as writing:
        shutil.copyfileobj(reading, writing, _BLOCK)


def _obtain(
    candidate: Candidate,
    recognise: Callable[[Path, SourceFile], None],
    destination: Path,
    settings: TransferSettings,
    report: Report,
) -> None:
    """Bring one candidate into place, or raise :class:`TransferError` and leave the destination as it was."""
    part = _part(destination, candidate.where)
    name = candidate.file.name
    begun = part.exists()
    if candidate.host is not None:
        report(f"{name}: from {shown(candidate.where)}")
        old_bytes = download(candidate.where, part, name=name, settings=settings, report=report) and begun
    else:
        _copy(Path(candidate.where), part)
        old_bytes = False
    try:
        recognise(part, candidate.file)
    except TransferError:
        part.unlink(missing_ok=True)
        part.with_name(part.name + ".tag").unlink(missing_ok=True)
        if not old_bytes:
            raise
        # The beginning came from an earlier run and may be of another version of the file: all of it again.
        report(f"{name}: what was resumed is not the file, starting again")
        _obtain(candidate, recognise, destination, settings, report)
        return
    os.chmod(part, 0o644)
    os.replace(part, destination)


def _said(texts: Sequence[str]) -> str:
    """What one mirror said of several files, without saying the same thing twice."""
    missing = [text.removeprefix(_MISSING) for text in texts if text.startswith(_MISSING)]
    others = dict.fromkeys(text for text in texts if not text.startswith(_MISSING))
    return "; ".join([*others, *([_MISSING + ", ".join(missing)] if missing else [])])


def _message(title: str, attempts: Sequence[tuple[str, str]], wrong: str = "") -> str:
    """What was tried, or what of the environment was ``wrong`` and ended that, and the ways out."""
    by_mirror: dict[str, list[str]] = {}
    for mirror, text in attempts:
        by_mirror.setdefault(shown(mirror), []).append(text)
    width = min(max((len(label) for label in by_mirror), default=0), 80)
    tried = [f"  {label:<{width}}  {_said(texts)}" for label, texts in by_mirror.items()]
    if wrong:
        return "\n".join([f"{title} could not be fetched: {wrong}", *tried])
    return "\n".join([f"{title} could not be fetched.", *(tried or ["  no mirror is known"]), WAYS_OUT])


def fetch_file(
    title: str,
    destination: Path | str,
    where: Sequence[Candidate],
    *,
    check_content: CheckContent | None = None,
    settings: TransferSettings | None = None,
    report: Report = to_stderr,
) -> None:
    """Bring the first good one of ``where`` to ``destination``; a good file that is already there is kept.

    A file is good if it is one of the source list, or if ``check_content`` accepts it. Safe to run in two
    processes at once: the second waits and then keeps what the first has fetched. Raises :class:`FetchError`
    with everything that was tried.
    """
    settings, destination = settings or TransferSettings(), Path(destination)
    attempts: list[tuple[str, str]] = []
    unreachable: set[str | None] = set()
    files = dict.fromkeys(candidate.file for candidate in where)

    def recognise(path: Path, *first: SourceFile) -> None:
        _recognise(path, dict.fromkeys([*first, *files]), check_content)

    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{destination}.lock"):
            if destination.is_file():
                with contextlib.suppress(TransferError):
                    recognise(destination)
                    os.utime(destination)  # it is that of the source list as it is now
                    return
            for candidate in where:
                if candidate.host in unreachable:  # its other files are no nearer
                    continue
                try:
                    _obtain(candidate, recognise, destination, settings, report)
                except VariableError as error:  # it holds for every address
                    raise FetchError(_message(title, attempts, str(error))) from error
                except TransferError as error:
                    attempts.append((candidate.mirror, str(error)))
                    if isinstance(error, UnreachableError):
                        unreachable.add(candidate.host)
                    if candidate.host is not None:
                        report(f"{shown(candidate.where)}: {error}")
                    continue
                report(f"{destination}: {candidate.file.name} from {shown(candidate.where)}")
                _remove_parts(destination)
                return
    except OSError as error:  # the mirrors' own failures are TransferErrors
        raise FetchError(f"{title} could not be fetched: {destination}: {error.strerror or error}") from error
    raise FetchError(_message(title, attempts))


def fetch(
    dataset: str,
    sources: Mapping[str, Source],
    destination: Path | str,
    mirrors: Sequence[str] = (),
    *,
    check_content: CheckContent | None = None,
    settings: TransferSettings | None = None,
    report: Report = to_stderr,
) -> list[Path]:
    """Fetch a data set of the source list; returns the files.

    Parameters
    ----------
    destination : for MNIST (and any in the format idx) the folder of its files; else the one file, of any container
    mirrors : folders, files and URLs to try before the public ones, see :func:`mirror_list`
    check_content : decides on a file that is none of the source list, which may be the data set packed anew
    report : gets each line of progress (standard error by default)

    Raises :class:`FetchError`, whose text is the message to the user, when no mirror has given a good file.
    """
    source, destination = sources[dataset], Path(destination)
    if source.files[0].format == "idx":  # every file is needed; otherwise they are alternatives
        wanted = [(destination / file.name, [file]) for file in source.files]
    else:
        wanted = [(destination, list(source.files))]
    for path, files in wanted:
        where = candidates(files, mirrors, source.public)
        fetch_file(source.title, path, where, check_content=check_content, settings=settings, report=report)
    return [path for path, _ in wanted]
