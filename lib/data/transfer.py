"""One file over HTTP into a partial file that survives interruptions, and the checks of what arrived."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import tenacity

from lib.data.client import open_client, proxy_for

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_HTML_STARTS = (b"<!doctype", b"<html")

Report = Callable[[str], None]


class TransferError(Exception):
    """A mirror did not give the file; the text says why, in a few words."""


class UnreachableError(TransferError):
    """The mirror's host does not answer, whatever file is asked for."""


class _Passing(TransferError):
    """A failure that may pass: worth another try."""

    unreachable = False


class _NoAnswer(_Passing):
    unreachable = True


@dataclass(frozen=True)
class TransferSettings:
    """How patient a transfer is.

    ``timeout`` (seconds) bounds each connection attempt and each silence, not the whole transfer. ``tries``
    is the number of consecutive tries that bring no new byte; a connection that keeps breaking but moves on
    may be taken up again ``max_resumes`` times. Waits between tries grow from ``backoff`` to ``backoff_max``
    seconds. ``max_bytes`` bounds a file of unknown size.
    """

    timeout: float = 30.0
    tries: int = 3
    max_resumes: int = 100
    backoff: float = 1.0
    backoff_max: float = 10.0
    max_redirects: int = 5
    max_bytes: int = 512 * 2**20
    report_every: float = 5.0


def to_stderr(line: str) -> None:
    """Print a line of progress where logs and people see it at once."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class _Progress:
    name: str
    report: Report
    every: float
    started: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    fresh: int = 0

    def add(self, count: int, have: int, total: int | None) -> None:
        self.fresh += count
        now = time.monotonic()
        if now - self.last < self.every:
            return
        self.last = now
        rate = self.fresh / max(now - self.started, 1e-9)
        of_total = f" of {total / 1e6:.1f} MB ({have / total:.0%})" if total else " MB"
        left = f", {(total - have) / rate:.0f} s left" if total and rate else ""
        self.report(f"{self.name}: {have / 1e6:.1f}{of_total}, {rate / 1e3:.0f} kB/s{left}")


def _failure(error: httpx.HTTPError, url: str) -> TransferError:
    """What went wrong, in the words of a user; a proxy is named, since it may be what does not answer."""
    found = _in_words(error)
    proxy = None if isinstance(error, httpx.UnsupportedProtocol) else proxy_for(httpx.URL(url))
    return type(found)(f"{found} (proxy of {proxy[0]})") if proxy else found


def _in_words(error: httpx.HTTPError) -> TransferError:
    text = str(error)
    if isinstance(error, httpx.TooManyRedirects):
        return TransferError("too many redirects")
    if "location header" in text:  # what it goes on with is of an address, with perhaps a password
        return TransferError("redirects to what is not a valid address")
    if isinstance(error, httpx.UnsupportedProtocol):
        return TransferError("not an address that can be fetched; allowed: http://, https://, file://, or a folder")
    if isinstance(error, httpx.ConnectTimeout):
        return _NoAnswer("timed out")
    if isinstance(error, httpx.TimeoutException):
        return _Passing("timed out")
    if "getaddrinfo" in text or "Name or service" in text or "name resolution" in text or "nodename" in text:
        return _NoAnswer("name not resolved")
    if "refused" in text.lower():
        return _NoAnswer("connection refused")
    if "CERTIFICATE" in text.upper():
        return TransferError("its certificate was not accepted; SSL_CERT_FILE may name a file of those to trust")
    return _Passing(f"connection broke ({' '.join(text.split()) or type(error).__name__})")


class _Download:
    """The state of one transfer across its tries."""

    def __init__(self, url: str, part: Path, name: str, settings: TransferSettings, report: Report) -> None:
        self.url, self.part, self.settings = url, part, settings
        self.tag_file = part.with_name(part.name + ".tag")
        self.progress = _Progress(name, report, settings.report_every)
        self.fruitless = 0
        self.resumed = False

    def have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag_file.unlink(missing_ok=True)

    def _tag(self) -> str | None:
        """The strong ETag that the partial file was begun under."""
        if not self.tag_file.exists():
            return None
        try:
            tag = json.loads(self.tag_file.read_text(encoding="utf-8"))
        except ValueError:
            return None
        return tag if isinstance(tag, str) else None

    def _headers(self, have: int) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            tag = self._tag()
            if tag:
                headers["If-Range"] = tag  # a changed file then comes whole
        return headers

    def _start(self, response: httpx.Response, have: int) -> tuple[int, int | None]:
        """Where the body of the response begins in the file, and the whole length if it is told."""
        length = response.headers.get("Content-Length", "")
        rest = int(length) if length.isdecimal() else None
        if response.status_code != 206:
            return 0, rest
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        tag, now = self._tag(), response.headers.get("ETag")
        if match is None or int(match[1]) != have or (tag is not None and now is not None and now != tag):
            self.discard()
            raise _Passing("answered with another part of the file")
        return have, int(match[2]) if match[2] != "*" else (have + rest if rest is not None else None)

    def _is_complete(self, response: httpx.Response, have: int) -> bool:
        """Whether the server says that nothing comes after what is there."""
        return response.status_code == 416 and response.headers.get("Content-Range") == f"bytes */{have}"

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == 416:  # the partial file does not fit what is there now
            self.discard()
            raise _Passing("the file has changed")
        if status in _RETRIED_STATUS:
            raise _Passing(f"status {status}")
        if status not in (200, 206):
            raise TransferError(f"status {status}")
        if response.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml")):
            raise TransferError("answered with a web page")

    def _receive(self, response: httpx.Response, have: int) -> None:
        if self._is_complete(response, have):
            self.resumed = True
            return
        self._check_status(response)
        start, total = self._start(response, have)
        limit = self.settings.max_bytes if total is None else min(total, self.settings.max_bytes)
        if total is not None and total > self.settings.max_bytes:
            raise TransferError(f"{total} bytes announced, more than {self.settings.max_bytes}")
        if start == 0:
            self.discard()
            tag = response.headers.get("ETag", "")
            if tag and not tag.startswith("W/"):
                self.tag_file.write_text(json.dumps(tag), encoding="utf-8")
        else:
            self.resumed = True
        position = start
        with open(self.part, "ab") as file:
            for block in response.iter_raw():  # as it arrives: a buffered block would be lost with the connection
                if position == 0 and block.lstrip().lower().startswith(_HTML_STARTS):
                    raise TransferError("answered with a web page")
                position += len(block)
                if position > limit:
                    raise TransferError(f"sent more than {limit} bytes")
                file.write(block)
                self.progress.add(len(block), position, total)
        if total is not None and position < total:
            raise _Passing(f"cut off after {position} of {total} bytes")

    def once(self, client: httpx.Client) -> None:
        have = before = self.have()
        try:
            with client.stream("GET", self.url, headers=self._headers(have)) as response:
                self._receive(response, have)
        except httpx.HTTPError as error:
            raise _failure(error, self.url) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise TransferError("not a valid address") from error
        finally:
            self.fruitless = 0 if self.have() > before else self.fruitless + 1

    def give_up(self, state: tenacity.RetryCallState) -> bool:
        return self.fruitless >= self.settings.tries or state.attempt_number > self.settings.max_resumes


def download(
    url: str, part: Path, *, name: str, settings: TransferSettings | None = None, report: Report = to_stderr
) -> bool:
    """Bring ``url`` into the partial file ``part``, going on from what is there; True if it did.

    Resumes only where the server says that the bytes continue (206 with a matching ``Content-Range``, under
    the ETag of the beginning), else starts again. Follows redirects, retries what may pass, refuses web
    pages. Raises :class:`TransferError`; the partial file then stays for the next try. Raises
    :class:`lib.data.client.VariableError` where the environment is wrong. Errors of the local disk are
    ``OSError``.
    """
    settings = settings or TransferSettings()
    state = _Download(url, part, name, settings, report)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Passing),
        stop=state.give_up,
        wait=tenacity.wait_exponential(multiplier=settings.backoff, max=settings.backoff_max),
        reraise=True,
    )
    with open_client(timeout=settings.timeout, max_redirects=settings.max_redirects) as client:
        try:
            retrying(state.once, client)
        except _Passing as error:
            tries = retrying.statistics.get("attempt_number", 1)
            kind = UnreachableError if error.unreachable else TransferError
            raise kind(f"{error} after {tries} tries" if tries > 1 else str(error)) from error
    return state.resumed
