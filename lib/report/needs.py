"""What a template prints, read off its syntax tree: so its rule knows its inputs before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from jinja2 import TemplateSyntaxError, nodes

from lib.report.render import template_environment

# Functions of the templates whose arguments are not ids of numbers or facts, and what their constants are.
_KINDS = {
    "setup": "settings",
    "listing": "modules",
    "table": "tables",
    "plain_table": "tables",
    "figure": "figures",
    "verdict": "claims",
    "included": "experiments",
    "ref": "",
    "section_ref": "",
    "cite": "",
}


@dataclass(frozen=True)
class Needs:
    """Ids in a template by kind, sorted; ``groups`` are what stands before the first dot of ids of numbers and facts.

    ``groups`` may name more than there is: any text with a dot in it counts, since ids are also kept in variables.
    ``settings`` are top-level sections of the configuration.
    """

    groups: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()


def needs_of(template: str, name: str) -> Needs:
    """The needs of a template's text; bad syntax is a :exc:`ValueError` that tells the ``name``."""
    try:
        tree = template_environment().parse(template)
    except TemplateSyntaxError as error:
        raise ValueError(f"{name}: line {error.lineno}: {error.message}") from error
    found: dict[str, set[str]] = {field.name: set() for field in fields(Needs)}
    for kind, text in _constants(tree, "groups"):
        if kind == "groups":
            if "." in text.strip("."):
                found[kind].add(text.partition(".")[0])
            elif text.endswith("."):
                found[kind].add(text[:-1])
        elif kind == "settings":
            found[kind].add(text.partition(".")[0])
        elif kind:
            found[kind].add(text)
    return Needs(**{kind: tuple(sorted(ids - {""})) for kind, ids in found.items()})


def joined(parts: Iterable[Needs]) -> Needs:
    """The needs of several templates."""
    parts = list(parts)
    return Needs(
        **{f.name: tuple(sorted({item for part in parts for item in getattr(part, f.name)})) for f in fields(Needs)}
    )


def _constants(node: nodes.Node, kind: str) -> Iterator[tuple[str, str]]:
    """Every text constant below ``node`` with the kind of thing that it names."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _KINDS:
        kind = _KINDS[node.node.name]
        arguments = node.args[:1]  # what follows says how
        if kind == "settings":  # the parts after the first do not begin it
            arguments = [next(iter(arguments[0].find_all(nodes.Const)), arguments[0])] if arguments else []
        for argument in arguments:
            yield from _constants(argument, kind)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield kind, node.value
    for child in node.iter_child_nodes():
        yield from _constants(child, kind)
