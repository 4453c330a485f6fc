"""One wording for names that are not known: what, the nearest, the allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name(what: str, name: object, allowed: Iterable[str]) -> str:
    """For instance ``unknown optimiser 'adm' (adam?); allowed: sgd, adam``."""
    names = list(allowed)
    near = get_close_matches(str(name), names, n=1)
    return f"unknown {what} {name!r}{f' ({near[0]}?)' if near else ''}; allowed: {', '.join(names)}"
