"""Numbers and table of the report."""

from lib.report.summary import Column, Summary, Table
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs
from lib.workflow.summaries import write_summary


def main(histories: list[InputFile], summary: OutputFile, tables: list[OutputFile]) -> None:
    runs = read_runs(histories, "digits/seed{seed}.csv")
    last, source = runs[runs["epoch"] == runs["epoch"].max()], ("digits/seed{seed}.csv",)
    found = Summary()
    found.add_runs("digits.test_accuracy", last.set_index("seed")["test_accuracy"], "percent", source=source)
    seed = Column("seed", {"zh": "种子", "en": "Seed"}, "count")
    accuracy = Column("test_accuracy", {"zh": "测试准确率", "en": "Test accuracy"}, "percent")
    found.tables["digits_results"] = Table([seed, accuracy], last.to_dict("records"), source)
    write_summary(found, summary, tables)


if __name__ == "__main__":
    run_job(main)
