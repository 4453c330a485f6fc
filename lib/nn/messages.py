"""One wording for names that are not known: what, the nearest, the allowed."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches


def unknown_name(what: str, name: object, allowed: Iterable[str]) -> str:
    """For instance ``unknown optimiser 'adm' (adam?); allowed: sgd, adam``."""
    names = list(allowed)
    near = get_close_matches(str(name), names, n=1)
    return f"unknown {what} {name!r}{f' ({near[0]}?)' if near else ''}; allowed: {', '.join(names)}"


def unknown_option(name: str, function: Callable[..., object], renamed: Mapping[str, str] | None = None) -> str:
    """The same for an optional argument that ``function`` doesn't have; ``renamed``: what stands for an older name."""
    if renamed and name in renamed:
        return f"{name!r} is an older name; it is now {renamed[name]}"
    parameters = inspect.signature(function).parameters.values()
    return unknown_name("option", name, [p.name for p in parameters if p.default is not p.empty])
