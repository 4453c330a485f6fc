"""Whether two finished runs agree: ``python -m scripts.compare_runs A B``, each a run's folder or a published one.

Writes both side by side, as Markdown and as a page, and ends with exit code 1 where they do not agree. With ``--brief``
it says so in one line, and ends with 0.
"""

import argparse
import sys
from pathlib import Path

from lib.report.comparison import compare, read_run
from lib.report.comparison_page import write

TEXTS = Path(__file__).parents[1] / "report"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="results/<run>, or a folder such as docs/example")
    parser.add_argument("second", type=Path, help="the other one")
    parser.add_argument("--brief", action="store_true", help="one line, and no files")
    parser.add_argument("--folder", type=Path, default=Path("build/compare"), help="where the page goes")
    given = parser.parse_args()
    try:
        found = compare(read_run(given.first), read_run(given.second))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(found.line())
    if given.brief:
        return 0
    write(found, given.folder, TEXTS)
    print(f"Side by side: {given.folder}/comparison.html")
    return 0 if found.agree else 1


if __name__ == "__main__":
    sys.exit(main())
