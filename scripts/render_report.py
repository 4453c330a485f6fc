"""Join the sections to one report in one language, as Markdown and as a self-contained HTML page."""

from lib.report.html import to_html
from lib.report.markdown import build_document, to_markdown
from lib.report.origin import Origin
from lib.report.render import Used, unused
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import made_from_samples


def main(
    language: str,
    options: str,
    sections: list[InputFile],
    used: list[InputFile],
    texts: list[InputFile],
    css: list[InputFile],
    page: InputFile,
    author: InputFile,
    datasets: list[InputFile],
    provenance: InputFile,
    markdown: OutputFile,
    html: OutputFile,
) -> None:
    known = load_texts(texts[0].parent)
    words = known.labels[language]
    printed = {path.name.split(".")[0]: Used(**read_json(path)[language]) for path in used}
    problems = unused(known, printed)
    if problems:
        raise ValueError("; ".join(problems))
    document = build_document(
        {path.name.split(".")[0]: path.read_text(encoding="utf-8") for path in sections},
        language,
        words,
        known.outline,
        author=read_json(author),
        is_sample=made_from_samples(datasets),
    )
    found = load(provenance).facts["provenance.origins"]
    origins = {known.captions[key].anchor: Origin(**entry).html(words, options) for key, entry in found.items()}
    text = to_html(
        document,
        words,
        css="\n".join(path.read_text(encoding="utf-8") for path in css),
        page=page.read_text(encoding="utf-8"),
        folder=html.parent,
        origins=origins,
        others={code: known.labels[code]["language_name"] for code in known.outline.languages if code != language},
    )
    with whole_files(markdown, html) as (plain, shown):
        plain.write_text(to_markdown(document, words), encoding="utf-8")
        shown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
