"""Addresses and paths as users write them: what they lead to, and how messages show them without their secrets."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit, urlunsplit

# Scheme, perhaps user name and password, then host, port and path, perhaps query and fragment.
_ADDRESS = re.compile(
    r"([a-z][a-z0-9+.-]*://)(?:[^/?#]*@)?((?:[\w.-]+|\[[0-9a-f:.%]+\])(?::\d+)?(?:/[^?#@]*)?)(?:[?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
# Of what is neither such an address nor a path that exists: a mistyped address may have a password before its last @.
_SECRETS_ELSEWHERE = re.compile(r"^.*[?#].*@.*|^.*(?=@)|[?#].*", re.DOTALL)
_FILE = re.compile(r"file://[^/?#]*([^?#]*).*", re.IGNORECASE | re.DOTALL)


def is_address(where: str) -> bool:
    """Whether ``where`` is an address, of whatever kind, rather than a path."""
    return "://" in where and not where.lower().startswith("file://")


def local_path(where: str) -> str:
    """A path, or a ``file://`` address, as a path; ``~`` is the home folder."""
    match = _FILE.fullmatch(where)
    return unquote(match[1]) if match else os.path.expanduser(where)


def under(mirror: str, name: str) -> str:
    """The place of the file ``name`` in a mirror; a mirror that is that file itself is returned as it is."""
    if not is_address(mirror):
        path = local_path(mirror)
        return path if os.path.basename(path) == name and os.path.isfile(path) else os.path.join(path, name)
    try:
        parts = urlsplit(mirror)
    except ValueError:
        return mirror  # what is wrong with it is said when it is asked
    if parts.path.rstrip("/").rpartition("/")[2] == name:
        return mirror
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def host(where: str) -> str | None:
    """Host and port of an address, nothing for a path."""
    if not is_address(where):
        return None
    try:
        return urlsplit(where).netloc.rpartition("@")[2]
    except ValueError:
        return where


def shown(where: str) -> str:
    """``where`` as messages show it: a path that exists whole, all else without user name, password and query.

    Of an address that cannot be taken apart only the scheme is left, since a password may stand anywhere in it.
    """
    if not is_address(where):
        path = local_path(where)
        return path if os.path.exists(path) else _SECRETS_ELSEWHERE.sub("...", where)
    match = _ADDRESS.fullmatch(where)
    scheme = where.partition("://")[0]
    return match[1] + match[2] if match else f"{scheme if scheme.isalnum() else ''}://..."
