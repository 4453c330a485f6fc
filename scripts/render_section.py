"""Render one section of the report to Markdown, in every language."""

from dataclasses import asdict

from lib.report.render import Context, render_section
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import read_json, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.settings import join_sections
from lib.workflow.summaries import made_from_samples


def main(
    section: str,
    templates: list[InputFile],
    texts: list[InputFile],
    summaries: list[InputFile],
    settings: list[InputFile],
    listed: list[InputFile],
    makers: InputFile,
    datasets: list[InputFile],
    sections: list[OutputFile],
    used: OutputFile,
) -> None:
    context = Context(
        summaries={path.stem: load(path) for path in summaries},
        config=join_sections(settings),
        texts=load_texts(texts[0].parent),
        rules=read_json(makers),
        root=texts[0].parents[1],  # beside the texts lie copies of the code that is listed
        is_sample=made_from_samples(datasets),
    )
    languages = [path.name.split(".")[1] for path in sections]
    rendered = {
        language: render_section(section, language, template, context)
        for language, template in zip(languages, templates, strict=True)
    }
    with whole_files(*sections, used) as (*targets, record):
        for target, done in zip(targets, rendered.values(), strict=True):
            target.write_text(done.text, encoding="utf-8")
        record.write_text(stable_json({key: asdict(done.used) for key, done in rendered.items()}), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
