"""One Markdown document from the rendered sections, and the parser of all the report's Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lib.report.texts import Outline

VOLATILE_BEGIN = "<!-- volatile: begin -->"
VOLATILE_END = "<!-- volatile: end -->"
_AUTHOR_LINES = ("author", "student_number", "supervisor")
_TOC_LEVELS = (2, 3)


@dataclass(frozen=True)
class Document:
    """A whole report: ``body`` is the Markdown of all sections, ``authors`` the lines below the title."""

    language: str
    title: str
    authors: tuple[str, ...]
    banner: str | None
    body: str


@dataclass(frozen=True)
class Heading:
    """``title`` is Markdown, ``slug`` the target of links to it, as GitHub would make it."""

    level: int
    title: str
    slug: str


def slug(title: str) -> str:
    """GitHub's anchor of a heading: lower case, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def parser() -> MarkdownIt:
    """CommonMark with tables, formulas between dollars, anchors on headings and quotation marks that curl."""
    markdown = MarkdownIt("commonmark", {"html": True, "typographer": True}).enable(["table", "smartquotes"])
    markdown.use(dollarmath_plugin, allow_labels=False)
    markdown.use(anchors_plugin, max_level=4, slug_func=slug)
    return markdown


def headings(text: str) -> list[Heading]:
    """All headings of a document, in order."""
    tokens = parser().parse(text)
    return [
        Heading(int(token.tag[1]), tokens[i + 1].content, str(token.attrs["id"]))
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def contents(found: Sequence[Heading]) -> list[Heading]:
    """The headings that a table of contents shows."""
    return [heading for heading in found if heading.level in _TOC_LEVELS]


def build_document(
    sections: Mapping[str, str],
    language: str,
    words: Mapping[str, str],
    outline: Outline,
    *,
    author: Mapping[str, str],
    is_sample: bool,
) -> Document:
    """Join the Markdown of sections (by name), in the order of the report.

    Sections that vary from run to run are enclosed in comments, so that the rest can be compared between
    runs. ``author`` is the section ``report`` of the configuration; its empty lines are left out. An unknown
    section is a :exc:`ValueError`.
    """
    unknown = [name for name in sections if name not in outline.sections]
    if unknown:
        raise ValueError(f"unknown sections: {', '.join(unknown)}")
    parts = []
    for name in outline.sections:
        if name in sections:
            text = sections[name].strip()
            parts.append(f"{VOLATILE_BEGIN}\n\n{text}\n\n{VOLATILE_END}" if name in outline.volatile else text)
    lines = [
        words["author_line"].format(label=words[key], text=author[key]) for key in _AUTHOR_LINES if author.get(key)
    ]
    banner = words["sample_banner"] if is_sample else None
    return Document(language, words["title"], tuple(lines), banner, "\n\n".join(parts) + "\n")


def _escaped(text: str) -> str:
    """``text`` as Markdown that shows it as it is, formulas between dollars and footnotes of GitHub's included."""
    return re.sub(r"([\\`*_\[\]<>&$|~^!#])", r"\\\1", text)


def to_markdown(document: Document, words: Mapping[str, str]) -> str:
    """The document as one Markdown file: title, author lines, banner, table of contents, sections."""
    shown = contents(headings(document.body))
    toc = [f"{'  ' * (h.level - _TOC_LEVELS[0])}- [{h.title}](#{h.slug})" for h in shown]
    parts = [f"# {document.title}"]
    if document.authors:
        parts.append("<br>\n".join(map(_escaped, document.authors)))
    if document.banner:
        parts.append(f"> **{words['sample_label']}** {document.banner}")
    parts += [f"**{words['contents']}**", "\n".join(toc), document.body]
    return "\n\n".join(parts)
