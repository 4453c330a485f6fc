"""The end of a message about an unknown name: what was meant, or what there is."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The name nearest to ``name`` as the end of a sentence; empty where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def meant_or_allowed(name: str, known: Iterable[str]) -> str:
    """As :func:`did_you_mean`, and all that are ``known`` where none is near."""
    known = list(known)
    return did_you_mean(name, known) or f"; allowed: {', '.join(known) or 'none'}"
