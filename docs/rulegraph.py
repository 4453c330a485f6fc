"""Draw Snakemake's rule graph into docs/architecture.md: `make rulegraph`.

Reads `snakemake --rulegraph mermaid-js` from standard input. Rules that do the same for every section are one box, and
an arrow that a chain of others implies is left out.
"""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("architecture.md")
BEGIN, END = "<!-- rule graph: begin -->", "<!-- rule graph: end -->"
ALIKE = ("render_report", "render", "summarise", "draw")  # the first that fits


def box(rule: str) -> str:
    """What a rule is called in the picture."""
    kind = next((kind for kind in ALIKE if rule == kind or rule.startswith(f"{kind}_")), None)
    return rule if kind is None or rule == kind else f"{kind}_SECTION"


def arrows(mermaid: str) -> set[tuple[str, str]]:
    """Pairs of boxes, from what is read to what reads it."""
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]$", mermaid, re.M))
    pairs = re.findall(r"^\s*(id\d+) --> (id\d+)$", mermaid, re.M)
    found = {(box(names[a]), box(names[b])) for a, b in pairs if "all" not in (names[a], names[b])}
    return {(a, b) for a, b in found if a != b}


def reachable(start: str, pairs: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        after = {b for a, b in pairs if a == here} - found
        found |= after
        waiting += after
    return found


def reduced(pairs: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without arrows that the others imply."""
    return sorted(pair for pair in pairs if pair[1] not in reachable(pair[0], pairs - {pair}))


def main() -> None:
    pairs = reduced(arrows(sys.stdin.read()))
    if not pairs:
        sys.exit("no rule graph on standard input: snakemake --rulegraph mermaid-js | python docs/rulegraph.py")
    lines = ["```mermaid", "flowchart LR", *(f"    {a} --> {b}" for a, b in pairs), "```"]
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")


if __name__ == "__main__":
    main()
