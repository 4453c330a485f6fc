"""Templates of the sections to Markdown: what a template may call, and the record of what it used."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import jinja2

from lib.report import numbers
from lib.report.hints import did_you_mean, meant_or_allowed
from lib.report.listings import listing
from lib.report.summary import Number, Summary, Table
from lib.report.tables import pipe_table
from lib.report.texts import Caption, Texts, localised

CLAIM = "claims.entry."  # facts: what is printed of the claim whose id follows
SOURCES = "../../../"  # from the report's folder to the project's


@dataclass(frozen=True)
class Context:
    """Everything that the sections of one report share.

    ``summaries`` are those of the sections by section, ``config`` is the configuration as nested mappings,
    ``rules`` names the rule that made each figure and table, ``root`` is the project's folder (for listings),
    and ``figures`` maps the ids of figures to files relative to the report (by default ``figures/ID.svg`` or
    ``.png``, in a language that figures are translated to ``figures/LANGUAGE/ID.svg``).
    """

    summaries: Mapping[str, Summary]
    config: Mapping[str, Any]
    texts: Texts
    rules: Mapping[str, str]
    root: Path = Path(".")
    is_sample: bool = False
    figures: Mapping[str, str] | None = None


@dataclass
class Used:
    """What templates printed, by kind of id, each in order of first use; ``blocks`` are figures and tables."""

    numbers: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    listings: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Stable JSON text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Used:
        """The inverse of :meth:`to_json`."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Rendered:
    """Markdown of one section, and what it used."""

    text: str
    used: Used


def _merged(summaries: Mapping[str, Summary], part: str) -> dict[str, Any]:
    """Numbers, tables or facts of all sections by id; an id that two sections define is a :exc:`ValueError`."""
    merged: dict[str, Any] = {}
    for section, summary in summaries.items():
        for key, value in getattr(summary, part).items():
            if key in merged:
                raise ValueError(f"{key!r} of section {section!r} is defined by another section as well")
            merged[key] = value
    return merged


class _Functions:
    """The functions of the templates, for one section in one language."""

    def __init__(self, template: str, section: str, language: str, context: Context) -> None:
        self.template, self.section, self.language, self.context = template, section, language, context
        self.words = context.texts.labels[language]
        self.used = Used()
        self._numbers: dict[str, Number] = _merged(context.summaries, "numbers")
        self._tables: dict[str, Table] = _merged(context.summaries, "tables")
        self._facts: dict[str, Any] = _merged(context.summaries, "facts")

    def as_globals(self) -> dict[str, Any]:
        names = "num n value size moves clear interval fact setup reference agreement included"
        names += " series figure table plain_table listing verdict badge ref section_ref cite bibliography"
        functions: dict[str, Any] = {name: getattr(self, name) for name in names.split()}
        return functions | {"is_sample": self.context.is_sample, "language": self.language}

    def _fail(self, problem: str) -> NoReturn:
        raise ValueError(f"{self.template}: {problem}")

    def _fail_unknown(self, kind: str, key: str, known: Iterable[str]) -> NoReturn:
        self._fail(f"unknown {kind} {key!r}{did_you_mean(key, known)}")

    def _note(self, kind: str, key: str) -> None:
        ids = getattr(self.used, kind)
        if key not in ids:
            ids.append(key)

    def _number(self, key: str) -> Number:
        if key not in self._numbers:
            self._fail_unknown("number", key, self._numbers)
        self._note("numbers", key)
        return self._numbers[key]

    def _checked(self, key: str, function: Callable[[], str]) -> str:
        try:
            return function()
        except ValueError as error:
            self._fail(f"{key!r}: {error}")

    # Numbers and facts

    def num(self, key: str, digits: int | None = None, spread: bool = False) -> str:
        number = self._number(key)
        if spread:
            format_spread = numbers.format_spread
            return self._checked(key, lambda: format_spread(number.value, number.spread, number.unit, digits))
        return self._checked(key, lambda: numbers.format_number(number.value, number.unit, digits))

    def n(self, key: str) -> int:
        return self._number(key).n

    def value(self, key: str) -> float:
        return self._number(key).value

    def size(self, key: str, digits: int | None = None) -> str:
        """A number without its sign, for a sentence whose words say the direction."""
        number = self._number(key)
        return self._checked(key, lambda: numbers.format_number(abs(number.value), number.unit, digits))

    def moves(self, key: str, up: str, down: str, same: str, digits: int | None = None) -> str:
        """One of three wordings: of a number above zero, below zero, or zero as it is printed.

        ``{}`` in it stands for the size, such as ``moves("gray.drop.mlp", "falls by {}", "rises by {}", "stays")``.
        """
        size = self.size(key, digits)
        if not any(digit in size for digit in "123456789"):
            return same.format(size)
        return (up if self._number(key).value > 0 else down).format(size)

    def clear(self, key: str) -> bool:
        """Whether a difference is told from zero: its interval leaves zero out. One run has none."""
        low, high = self._number(key).interval or (-math.inf, math.inf)
        return low > 0 or high < 0

    def interval(self, key: str, digits: int | None = None) -> str:
        number = self._number(key)
        if number.interval is None:
            return numbers.DASH
        low, high = (numbers.format_number(end, number.unit, digits) for end in number.interval)
        return self.words["interval"].format(low=low, high=high)

    def fact(self, key: str) -> Any:
        if key not in self._facts:
            self._fail_unknown("fact", key, self._facts)
        self._note("facts", key)
        return localised(self._facts[key], self.language)

    def setup(self, path: str, raw: bool = False) -> Any:
        value: Any = self.context.config
        found: list[str] = []
        for part in path.split("."):
            if not isinstance(value, Mapping):
                self._fail(f"no setting {path!r} in the configuration; {'.'.join(found)} is a value, not a section")
            if part not in value:
                hint = meant_or_allowed(".".join([*found, part]), [".".join([*found, key]) for key in value])
                self._fail(f"no setting {path!r} in the configuration{hint}")
            value = value[part]
            found.append(part)
        self._note("settings", path)
        if raw:
            return value
        words = {True: self.words["yes"], False: self.words["no"]}
        return self._checked(path, lambda: numbers.format_setting(value, self.words["list_separator"], words))

    def series(self, values: Sequence[Any]) -> str:
        """Several values as they stand in a sentence: 64, 128 and 256."""
        return numbers.listed(values, self.words)

    def _reference(self, key: str) -> numbers.Reference | None:
        number = self._numbers.get(key)
        known = self.context.texts.references.get(key)
        if known is None and number is None:
            self._fail_unknown("number", key, {**self._numbers, **self.context.texts.references})
        if known is None and number is not None and number.reference is not None:
            return numbers.Reference(number.reference, number.reference, number.unit)
        return known

    def reference(self, key: str) -> str:
        reference = self._reference(key)
        return numbers.DASH if reference is None else reference.text()

    def agreement(self, key: str) -> str:
        number = self._number(key)
        compared = numbers.compare(number, self._reference(key), is_sample=self.context.is_sample)
        return compared.phrase(self.words)

    def included(self, experiment: str) -> bool:
        """Whether the run has this experiment (``claims.experiments`` in the configuration)."""
        return experiment in self.context.config["claims"]["experiments"]

    # Blocks

    def _caption(self, key: str, kind: str | None = None) -> Caption:
        captions = self.context.texts.captions
        caption = captions.get(key)
        if caption is not None and kind not in (None, caption.kind):
            self._fail(f"unknown {kind} {key!r}; it is a {caption.kind}")
        if caption is None:
            of_kind = [name for name, other in captions.items() if kind in (None, other.kind)]
            self._fail_unknown(kind or "figure or table", key, of_kind)
        return caption

    def _name(self, caption: Caption) -> str:
        return self.words[f"{caption.kind}_name"].format(number=caption.number)

    def _head(self, caption: Caption, shows: str = "") -> str:
        """Name, what there is to see, caption and, on a line of its own, the rule that made what it belongs to."""
        if caption.id not in self.context.rules:
            self._fail(f"no rule is known to make the {caption.kind} {caption.id!r}")
        if caption.id in self.used.blocks:
            self._fail(f"the {caption.kind} {caption.id!r} is there twice")
        self._note("blocks", caption.id)
        made_by = self.words["made_by"].format(rule=f"`{self.context.rules[caption.id]}`")
        text = ("" if self.language == "zh" else " ").join(filter(None, (shows.strip(), caption.text[self.language])))
        return f"**{self._name(caption)}** {text}<br>\n<small>{made_by}</small>"

    def figure(self, key: str, shows: str = "") -> str:
        """A figure and its caption, which begins with what there is to see in it, if a sentence says so."""
        caption = self._caption(key, "figure")
        figures = self.context.figures
        if figures is not None and key not in figures:
            self._fail(f"there is no file for the figure {key!r}")
        href = self.context.texts.figure(key, self.language) if figures is None else figures[key]
        alt = caption.alt[self.language].replace("[", r"\[").replace("]", r"\]")
        return f'\n<a id="{caption.anchor}"></a>\n\n![{alt}]({href})\n\n{self._head(caption, shows)}\n'

    def table(self, key: str, shows: str = "") -> str:
        """A table below its caption, which begins with what there is to see in it, if a sentence says so."""
        caption = self._caption(key, "table")
        return f'\n<a id="{caption.anchor}"></a>\n\n{self._head(caption, shows)}\n\n{self.plain_table(key)}'

    def plain_table(self, key: str) -> str:
        """A table without caption or number, for the appendices."""
        tables = {**self.context.texts.recorded, **self._tables}
        if key not in tables:
            self._fail(f"no section gives the table {key!r}{did_you_mean(key, tables)}")
        return self._checked(key, lambda: pipe_table(tables[key], self.language, self.words))

    def listing(self, module: str, name: str, whole: bool = False) -> str:
        try:
            found = listing(module, name, self.context.root, whole=whole)
        except ValueError as error:
            self._fail(str(error))
        self._note("listings", found.path)
        anchor = f"lst-{module}-{name}".replace(".", "-").replace("_", "-")
        caption = self.words["listing"].format(
            name=f"`{name}`",
            path=f"[`{found.path}`]({SOURCES}{found.path}#L{found.first}-L{found.last})",
            first=found.first,
            last=found.last,
        )
        if found.shortened:
            caption += self.words["listing_shortened"]
        fence = "```"
        while fence in found.code:
            fence += "`"
        folded = f"<details><summary>{self.words['fold']}</summary>\n\n{fence}python\n{found.code}{fence}\n\n</details>"
        return f'\n<a id="{anchor}"></a>\n\n{caption}\n\n{folded}\n'

    def verdict(self, key: str) -> str:
        """The verdict on a claim, its text and, in brief, what was found; a link to the appendix, if there is one."""
        if CLAIM + key not in self._facts:
            known = [name.removeprefix(CLAIM) for name in self._facts if name.startswith(CLAIM)]
            self._fail(f"unknown claim {key!r}{meant_or_allowed(key, known) if known else ''}")
        entry = self.fact(CLAIM + key)
        return f"\n> {self.badge(key)} {entry['text']}<br>\n> {entry['brief']}\n"

    def badge(self, key: str) -> str:
        """The verdict's word, in its colour on the page; a link to the claim in the appendix, if there is one."""
        entry = self.fact(CLAIM + key)
        word = f'<b class="badge {entry["kind"]}">{entry["word"]}</b>'
        return f"[{word}](#claim-{key})" if "claims" in self.context.texts.outline.sections else word

    # Links

    def ref(self, key: str) -> str:
        caption = self._caption(key)
        return f"[{self._name(caption)}](#{caption.anchor})"

    def section_ref(self, section: str) -> str:
        sections = self.context.texts.outline.sections
        if section not in sections:
            self._fail(f"unknown section {section!r}{meant_or_allowed(section, sections)}")
        number = sections[section]
        label = "section_name" if number[0].isdigit() else "appendix_name"
        return f"[{self.words[label].format(number=number)}](#sec-{section})"

    def cite(self, *keys: str) -> str:
        for key in keys:
            if key not in self.context.texts.bibliography:
                self._fail_unknown("source", key, self.context.texts.bibliography)
            self._note("sources", key)
        links = (f"[[{self.context.texts.bibliography[key].number}]](#ref-{key})" for key in keys)
        return "".join(links)

    def bibliography(self) -> str:
        sources = self.context.texts.bibliography.values()
        return "\n".join(f'{s.number}. <a id="ref-{s.key}"></a>{s.text} <{s.url}>' for s in sources) + "\n"


def template_environment() -> jinja2.Environment:
    """How templates are written: an unknown name is an error, lines with a tag alone leave no empty line."""
    return jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Markdown of our own, not HTML of strangers
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _closed_up(text: str) -> str:
    """Chinese text without the blanks that templates leave where both neighbours are Chinese."""
    return re.sub(r"(?<=[\u4e00-\u9fff）]) (?=[\u4e00-\u9fff（])", "", text)


def render_section(section: str, language: str, template: str | Path, context: Context) -> Rendered:
    """Markdown of one section, from a template's text or file; it starts with the anchor ``sec-SECTION``.

    Whatever the template gets wrong (an unknown id, a name that does not exist, bad syntax) is one
    :exc:`ValueError` that names the template.
    """
    if section not in (known := context.texts.outline.sections):
        raise ValueError(f"unknown section {section!r}; allowed: {', '.join(known)}")
    name = template.name if isinstance(template, Path) else f"{section}.{language}"
    text = template.read_text(encoding="utf-8") if isinstance(template, Path) else template
    functions = _Functions(name, section, language, context)
    environment = template_environment()
    environment.globals.update(functions.as_globals())
    try:
        body = environment.from_string(text).render()
        body = _closed_up(body) if language == "zh" else body
    except jinja2.TemplateSyntaxError as error:
        raise ValueError(f"{name}: line {error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        raise ValueError(f"{name}: {error.message}") from error
    return Rendered(f'<a id="sec-{section}"></a>\n\n{body.strip()}\n', functions.used)


def unused(texts: Texts, used: Mapping[str, Used]) -> list[str]:
    """Problems of a whole report: figures and tables not printed exactly once, or not in their section."""
    problems = []
    for key, caption in texts.captions.items():
        places = [section for section, record in used.items() if key in record.blocks]
        if places != [caption.section]:
            problems.append(f"{caption.kind} {key}: expected once, in {caption.section}; printed in {places or 'none'}")
    return problems
