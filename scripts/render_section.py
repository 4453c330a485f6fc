"""Render one section of the report to Markdown, in every language."""

from dataclasses import asdict, dataclass

from lib.report.render import Context, render_section
from lib.report.summary import load
from lib.report.texts import load_texts
from lib.workflow.files import read_json, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.settings import join_sections


@dataclass
class Arguments:
    section: str
    templates: list[InputFile]
    texts: list[InputFile]
    summaries: list[InputFile]
    settings: list[InputFile]
    makers: InputFile
    datasets: InputFile
    sections: list[OutputFile]
    used: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    context = Context(
        summaries={path.stem: load(path) for path in job.summaries},
        config=join_sections(job.settings),
        texts=load_texts(job.texts[0].parent),
        rules=read_json(job.makers),
        is_sample=read_json(job.datasets)["cifar10"]["is_sample"],
    )
    languages = [path.name.split(".")[1] for path in job.sections]
    rendered = {
        language: render_section(job.section, language, template, context)
        for language, template in zip(languages, job.templates, strict=True)
    }
    with whole_files(*job.sections, job.used) as (*sections, used):
        for target, section in zip(sections, rendered.values(), strict=True):
            target.write_text(section.text, encoding="utf-8")
        used.write_text(stable_json({key: asdict(section.used) for key, section in rendered.items()}), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
