"""``docs/course.md``: how this package is put under a notebook of the course."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "course.md"


def run_aliases() -> None:
    """What a notebook's first cell does."""
    exec(compile(aliases(), str(GUIDE), "exec"), {})


def aliases() -> str:
    """The first block of Python in the guide."""
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{GUIDE} has no block of Python"
    return found[1]
