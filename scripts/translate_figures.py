"""Write the figures of the report once more with their words in another language."""

from lib.report.figure_words import left, translated
from lib.report.texts import read_figure_words
from lib.report.yaml_files import read_yaml
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, run_job


def main(language: str, drawn: list[InputFile], words: InputFile, figures: list[OutputFile]) -> None:
    known = read_figure_words(read_yaml(words))
    meanings = known.texts.get(language, {})
    sources = {path.name: path for path in drawn}
    with whole_files(*figures) as parts:
        for target, part in zip(figures, parts, strict=True):
            svg = translated(sources[target.name].read_text(encoding="utf-8"), meanings)
            if words_left := left(svg, known.keep):
                print(f"{target.stem}: not in {words.name} ({language}): {'; '.join(words_left)}")
            part.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
