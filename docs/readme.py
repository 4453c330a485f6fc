"""What the READMEs say of the published report and of the time that it takes: python docs/readme.py writes it anew.

The words are those of the report's first page; the times are the demo's in the benchmarks and the published run's.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs/example"
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
TIMES = {
    "en": "Once `.venv` is there, the demo takes {demo:.0f} s on the {cores} cores [measured last](docs/benchmarks.md);"
    " the published run took {report:.1f} core-hours ({processor}).",
    "zh": "`.venv` 建好之后，演示在[最近一次测试](docs/benchmarks.md)的 {cores} 个核上需要 {demo:.0f} 秒；"
    "发布的运行用了 {report:.1f} 核时（{processor}）。",
}


def found(report: str, page: str) -> list[str]:
    """The numbered answers of the first page, and the sentence that follows them, as lines of another page."""
    lines = report.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("1. "))
    answers = []
    for line in lines[first:]:
        if not re.match(r"\d+\. ", line):
            break
        answers.append(line)
    verdicts = next(line for line in lines[first:] if line.startswith("**"))
    heading, _, sentence = verdicts[2:].partition("**")
    # In English the heading is a word, in Chinese it is what the sentence is about.
    told = sentence.strip() if heading.endswith(".") else heading.rstrip("。") + "：" + sentence.strip()
    return [re.sub(r"\]\(#", f"]({page}#", line) for line in [*answers, "", told]]


def short(processor: str) -> str:
    """The name of a processor without what its makers add."""
    return " ".join(re.sub(r"\(.*?\)|@.*", " ", processor).split())


def times(language: str) -> str:
    """How long both commands take."""
    run = json.loads((EXAMPLE / "times.json").read_text(encoding="utf-8"))
    measured = (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "docs/benchmarks").glob("*.json"))
    timed = [found for found in measured if "start_up" in found]
    newest = max(timed, key=lambda found: found["made"]["start_up"]["date"])  # the demo has grown since the others
    return TIMES[language].format(
        demo=newest["start_up"]["demo"]["seconds"],
        cores=newest["machine"]["cores"],
        processor=short(run["processor"]),
        report=run["core_hours"],
    )


def renewed(readme: str, language: str) -> str:
    """A README with both parts as they are now."""
    name = f"report.{language}.md"
    report = (EXAMPLE / name).read_text(encoding="utf-8")
    parts = {"found": "\n".join(found(report, f"docs/example/{name}")), "times": times(language)}
    for part, text in parts.items():
        readme = re.sub(
            rf"(<!-- {part}:.*?-->\n).*?(?=<!-- /{part} -->)", lambda m, t=text: f"{m[1]}{t}\n", readme, flags=re.DOTALL
        )
    return readme


if __name__ == "__main__":
    for language, path in READMES.items():
        path.write_text(renewed(path.read_text(encoding="utf-8"), language), encoding="utf-8")
