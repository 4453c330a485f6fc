"""Markdown to one HTML page that stands alone: formulas as MathML, images and styles inside."""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from lib.report.curves import without_curves
from lib.report.formulas import to_mathml
from lib.report.markdown import Document, Heading, contents, headings, parser

LANG = {"zh": "zh-CN"}  # where the page says more than the language
_MIME = {".svg": "image/svg+xml", ".png": "image/png"}
_ANCHOR = re.compile(r'<a id="((fig|tab|lst|sec)-[\w-]+)"></a>')
_CLASSES = {"fig": "figure", "tab": "table", "lst": "listing"}
_OPENING = "（(["
_CLOSING = "，。；：、）,.;:)]?!"
_CSS_PIXELS_PER_METRE = 96 / 0.0254


def code_css() -> str:
    """Colours of the listings, on light and on dark pages."""
    light: HtmlFormatter[str] = HtmlFormatter(style="xcode")
    dark: HtmlFormatter[str] = HtmlFormatter(style="github-dark")
    return (
        f"{light.get_style_defs('.code')}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n{dark.get_style_defs('.code')}\n}}\n"
    )


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    body = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code" tabindex="0"><code>{body}</code></pre>\n'


def _png_size(data: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, by the resolution that the file states (else pixel by pixel)."""
    width, height = struct.unpack(">II", data[16:24])
    position = data.find(b"pHYs", 0, 512)
    if position > 0:
        per_metre, _, unit = struct.unpack(">IIB", data[position + 4 : position + 13])
        if unit == 1 and per_metre:
            scale = _CSS_PIXELS_PER_METRE / per_metre
            return round(width * scale), round(height * scale)
    return width, height


def image(href: str, alt: str, folder: Path) -> str:
    """An ``<img>`` with the file inside; a file that is missing or of another kind is a :exc:`ValueError`."""
    path = folder / href
    mime = _MIME.get(path.suffix)
    if mime is None or not path.is_file():
        raise ValueError(f"image {href}: {'no such file' if mime else 'not an SVG or PNG file'}")
    data = path.read_bytes()
    more = ""
    if path.suffix == ".png":
        width, height = _png_size(data)
        more = f' width="{width}" height="{height}"'
    else:
        svg, curves = without_curves(data.decode())
        data, more = svg.encode(), f' data-curves="{escape(curves)}"' if curves else ""
    uri = f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
    return f'<img alt="{escape(alt)}"{more} src="{uri}">'


def _markdown(folder: Path, words: Mapping[str, str]) -> MarkdownIt:
    """The report's parser with the renderers of this module."""
    markdown = parser()
    markdown.options["highlight"] = _highlight

    def inline_math(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        before, after = tokens[i].meta.get("beside", ("", ""))
        formula = f"{before}{to_mathml(tokens[i].content.strip())}{after}"
        return f'<span class="whole">{formula}</span>' if before or after else formula

    def block_math(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        return f'<div class="formula" tabindex="0">{to_mathml(tokens[i].content.strip(), block=True)}</div>\n'

    def picture(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        alt = self.renderInlineAsText(tokens[i].children or [], options, env)
        # A box to tick makes the picture fill the window, by the style sheet alone.
        box = f'<input type="checkbox" class="zoom" aria-label="{escape(words["enlarge"])}">'
        return f"<label>{box}{image(str(tokens[i].attrs['src']), alt, folder)}</label>"

    def heading_close(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        slug = tokens[i - 2].attrs.get("id")
        link = f' <a class="permalink" href="#{slug}" aria-label="{escape(words["permalink"])}">¶</a>' if slug else ""
        return f"{link}</{tokens[i].tag}>\n"

    def table_open(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        return '<div class="scroll" tabindex="0"><table>\n'

    def table_close(self: Any, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    for name, rule in (
        ("math_inline", inline_math),
        ("math_block", block_math),
        ("image", picture),
        ("heading_close", heading_close),
        ("table_open", table_open),
        ("table_close", table_close),
    ):
        markdown.add_render_rule(name, rule)
    return markdown


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of one top-level block after the other."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _figures(tokens: Sequence[Token], origins: Mapping[str, str]) -> list[Token]:
    """Make one ``<figure>`` of each anchor with the blocks below it, one of which is its caption.

    ``origins`` are controls by anchor: each takes the place of the caption's line in small print.
    """
    result: list[Token] = []
    blocks = list(_blocks(tokens))
    i = 0
    while i < len(blocks):
        block = blocks[i]
        i += 1
        anchor = _ANCHOR.fullmatch(block[1].content.strip()) if block[0].type == "paragraph_open" else None
        if anchor is None:
            result += block
        elif anchor[2] == "sec":
            result.append(_html(f'<a id="{anchor[1]}"></a>\n'))
        else:
            result.append(_html(f'<figure id="{anchor[1]}" class="{_CLASSES[anchor[2]]}">\n'))
            below = 4 if anchor[2] == "lst" else 2  # a listing is folded: between two blocks of HTML
            for part in blocks[i : i + below]:
                result += _figure_part(part, origins.get(anchor[1]))
            result.append(_html("</figure>\n"))
            i += below
    return result


def _figure_part(block: list[Token], origin: str | None) -> list[Token]:
    if block[0].type != "paragraph_open":
        return block
    children = block[1].children or []
    if not any(child.type == "strong_open" for child in children):
        return [block[1], _html("\n")]
    if origin is not None:
        end = next(i for i, child in enumerate(children) if child.content == "<br>")
        block[1].children = children[:end]
    return [_html("<figcaption>"), block[1], _html(f"{origin or ''}</figcaption>\n")]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _join_chinese_lines(tokens: Sequence[Token]) -> None:
    """Drop line ends between two Chinese characters: browsers would print them as spaces."""
    for token in tokens:
        children = token.children or []
        for i, child in enumerate(children):
            if child.type != "softbreak":
                continue
            before = next((other.content for other in reversed(children[:i]) if other.content), "")
            after = next((other.content for other in children[i + 1 :] if other.content), "")
            if before and after and _is_wide(before[-1]) and _is_wide(after[0]):
                child.type, child.tag, child.content = "text", "", ""


def _keep_punctuation(tokens: Sequence[Token]) -> None:
    """Give formulas the brackets and stops beside them: browsers would break the line in between."""
    for token in tokens:
        children = token.children or []
        for i, child in enumerate(children):
            if child.type == "math_inline":
                before, after = (children[k] if 0 <= k < len(children) else None for k in (i - 1, i + 1))
                opening = closing = ""
                if before is not None and before.type == "text":
                    start = before.content.rstrip(_OPENING)
                    before.content, opening = start, before.content[len(start) :]
                if after is not None and after.type == "text":
                    rest = after.content.lstrip(_CLOSING)
                    after.content, closing = rest, after.content[: len(after.content) - len(rest)]
                child.meta["beside"] = (opening, closing)


def _sublist(items: Sequence[str]) -> str:
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _contents(found: Sequence[Heading], markdown: MarkdownIt) -> str:
    """Links to the headings: sections, each with a list of its parts."""
    items: list[tuple[str, list[str]]] = []
    for heading in contents(found):
        link = f'<a href="#{heading.slug}">{markdown.renderInline(heading.title)}</a>'
        if heading.level > 2 and items:
            items[-1][1].append(f"<li>{link}</li>")
        else:
            items.append((link, []))
    parts = (f"<li>{link}{_sublist(inner)}</li>\n" for link, inner in items)
    return f"<ul>\n{''.join(parts)}</ul>"


def to_html(
    document: Document,
    words: Mapping[str, str],
    *,
    css: str,
    page: str,
    folder: str | Path,
    origins: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
) -> str:
    """The whole page.

    ``css`` and ``page`` are the texts of the style sheet and of the page's Jinja template, ``folder`` is
    where the links to figures start, ``origins`` the controls below figures and tables by anchor, ``others`` the names
    of the languages of the pages beside it, by code. What cannot be rendered (an image that is missing, a wrong
    formula) is a :exc:`ValueError`.
    """
    markdown = _markdown(Path(folder), words)
    tokens = _figures(markdown.parse(document.body), origins or {})
    _join_chinese_lines(tokens)
    _keep_punctuation(tokens)
    body = markdown.renderer.render(tokens, markdown.options, {})
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(page).render(
        lang=LANG.get(document.language, document.language),
        words=words,
        title=document.title,
        others=list((others or {}).items()),
        authors=document.authors,
        banner=document.banner,
        css=Markup(css + "\n" + code_css()),
        contents=Markup(_contents(headings(document.body), markdown)),
        body=Markup(body),
    )


@dataclass
class _Page(HTMLParser):
    """What a page has and what it asks for."""

    ids: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and found.get("href", "").startswith("#"):
            self.targets.append(found["href"][1:])
        if tag == "img" and not found.get("alt"):
            self.problems.append("an image without alternative text")
        if tag in ("iframe", "object", "embed"):
            self.problems.append(f"a {tag} element")
        loaded = [found[key] for key in ("src", "srcset", "poster") if key in found]
        loaded += [found["href"]] if tag in ("link", "use", "image") and "href" in found else []
        self.problems += [f"{tag} loads {url[:60]}" for url in loaded if not url.startswith("data:")]

    def handle_data(self, data: str) -> None:
        if re.search(r"@import|url\((?!\s*['\"]?data:)", data) and self.get_starttag_text() == "<style>":
            self.problems.append("a style sheet that loads something")


def page_problems(html: str) -> list[str]:
    """What keeps a page from standing alone: links to nothing, ids that are there twice, outside resources."""
    page = _Page()
    page.feed(html)
    twice = sorted({name for name in page.ids if page.ids.count(name) > 1})
    dangling = sorted(set(page.targets) - set(page.ids))
    return page.problems + [f"id {name} twice" for name in twice] + [f"link to nothing: #{name}" for name in dangling]
