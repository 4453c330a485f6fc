"""Render one section of the report to Markdown, in Chinese and in English."""

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
    zh: InputFile
    en: InputFile
    texts: list[InputFile]
    summaries: list[InputFile]
    settings: list[InputFile]
    makers: InputFile
    datasets: InputFile
    zh_text: OutputFile
    en_text: OutputFile
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
    zh = render_section(job.section, "zh", job.zh, context)
    en = render_section(job.section, "en", job.en, context)
    with whole_files(job.zh_text, job.en_text, job.used) as (zh_text, en_text, used):
        zh_text.write_text(zh.text, encoding="utf-8")
        en_text.write_text(en.text, encoding="utf-8")
        used.write_text(stable_json({"zh": asdict(zh.used), "en": asdict(en.used)}), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
