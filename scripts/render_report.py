"""Join the sections to one report in one language, as Markdown and as a self-contained HTML page."""

from dataclasses import dataclass

from lib.report.html import to_html
from lib.report.markdown import build_document, to_markdown
from lib.report.origin import Origin
from lib.report.render import Used, unused
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    language: str
    preset: str
    sections: list[InputFile]
    used: list[InputFile]
    texts: list[InputFile]
    css: InputFile
    page: InputFile
    author: InputFile
    datasets: InputFile
    provenance: InputFile
    markdown: OutputFile
    html: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    texts = load_texts(job.texts[0].parent)
    words = texts.labels[job.language]
    used = {path.name.split(".")[0]: Used(**read_json(path)[job.language]) for path in job.used}
    problems = unused(texts, used)
    if problems:
        raise ValueError("; ".join(problems))
    document = build_document(
        {path.name.split(".")[0]: path.read_text(encoding="utf-8") for path in job.sections},
        job.language,
        words,
        author=read_json(job.author),
        is_sample=read_json(job.datasets)["cifar10"]["is_sample"],
    )
    found = load(job.provenance).facts["provenance.origins"]
    origins = {texts.captions[key].anchor: Origin(**entry).html(words, job.preset) for key, entry in found.items()}
    page = to_html(
        document,
        words,
        css=job.css.read_text(encoding="utf-8"),
        page=job.page.read_text(encoding="utf-8"),
        folder=job.html.parent,
        origins=origins,
    )
    with whole_files(job.markdown, job.html) as (markdown, html):
        markdown.write_text(to_markdown(document, words), encoding="utf-8")
        html.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
