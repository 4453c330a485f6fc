"""What of a section, as Markdown, is read from beginning to end."""

from __future__ import annotations

import re


def unfolded(markdown: str) -> str:
    return re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)


def prose(markdown: str) -> str:
    """What is read from beginning to end: no tables, captions, pictures, set-off formulas, listings, folds."""
    text = re.sub(r"```.*?```", "", unfolded(markdown), flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    caption = r"\*\*((Figure|Table|图|表) ?\d+|(Code|代码)\*\*)"
    text = re.sub(rf"^(\||!\[|{caption}).*$|^<small>.*$|^#+ .*$", "", text, flags=re.MULTILINE)
    return re.sub(r"\]\([^)]*\)|<[^>]*>", "", text)


def captions(markdown: str) -> list[str]:
    return re.findall(r"^\*\*(?:Figure|Table|图|表) ?\d+\*\* (.*?)(?:<br>)?$", markdown, re.MULTILINE)


def words(markdown: str) -> int:
    """Those of the prose, the verdicts in it and the captions."""
    text = re.sub(r"\$[^$\n]*\$", "formula", "\n".join([prose(markdown), *captions(unfolded(markdown))]))
    return len(re.findall(r"[A-Za-z][\w'’-]*|\d[\d.,%]*", text))
