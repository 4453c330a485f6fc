"""Where a figure or a table comes from, as a control below it that opens without any script."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Origin:
    """What made a figure or a table: rules from the last to the first, what they read, and the file itself.

    ``target`` is the file as Snakemake knows it, ``data`` its table as CSV, relative to the report, where it is one.
    """

    target: str
    rules: Sequence[str]
    inputs: Sequence[str]
    settings: Sequence[str]
    code: str
    seeds: str
    device: str
    data: str | None = None

    def html(self, words: Mapping[str, str], options: str = "") -> str:
        """A ``<details>`` element; ``options`` tell Snakemake which run it is."""
        command = " ".join(filter(None, ["snakemake --cores 2 --force", options, "--", shlex.quote(self.target)]))
        entries = [
            ("origin_rules", _codes(self.rules, " ← ")),
            ("origin_command", f'<code class="command">{escape(command)}</code>'),
            ("origin_inputs", _codes(self.inputs)),
            ("origin_settings", _codes(self.settings)),
            ("origin_seeds", escape(self.seeds)),
            ("origin_code", _codes([self.code] if self.code else [])),
            ("origin_device", escape(self.device)),
            ("origin_data", f'<a href="{escape(self.data)}">{escape(self.data)}</a>' if self.data else ""),
        ]
        parts = "".join(f"<dt>{escape(words[key])}</dt><dd>{text}</dd>" for key, text in entries if text)
        summary = words["origin"].format(rule=_codes(self.rules[:1]))
        return f'<details class="origin"><summary>{summary}</summary><dl>{parts}</dl></details>'


def _codes(names: Sequence[str], separator: str = ", ") -> str:
    return separator.join(f"<code>{escape(name)}</code>" for name in names)
