"""What the READMEs say of the published report and of the time that it takes: python docs/readme.py writes it anew.

The words are those of the report's first page. Times are of the run that was published, and of the demo in
docs/benchmarks.md.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs/example"
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
TIMES = {
    "en": """Measured on two cores: the demo took {demo:.1f} minutes once `.venv` was there ({demo_processor}),
the published run {report:.1f} core-hours ({report_processor}).""",
    "zh": """在双核上实测：`.venv` 建好之后，演示用了 {demo:.1f} 分钟（{demo_processor}）；
发布的运行用了 {report:.1f} 核时（{report_processor}）。""",
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
    told = sentence.strip() if heading.endswith(".") and heading.count(" ") < 2 else heading + sentence
    return [re.sub(r"\]\(#", f"]({page}#", line) for line in [*answers, "", told]]


def short(processor: str) -> str:
    """The name of a processor without what its makers add."""
    return " ".join(re.sub(r"\(.*?\)|@.*", " ", processor).split())


def times(language: str) -> str:
    """How long both commands take, as it was measured."""
    files = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "docs/benchmarks").glob("*.json"))]
    measured = min((one for one in files if "start_up" in one), key=lambda one: one["start_up"]["demo"]["seconds"])
    run = json.loads((EXAMPLE / "times.json").read_text(encoding="utf-8"))
    return TIMES[language].format(
        demo_processor=short(measured["machine"]["processor"]),
        demo=measured["start_up"]["demo"]["seconds"] / 60,
        report_processor=short(run["processor"]),
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
