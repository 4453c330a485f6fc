"""Give the claims of one section their verdicts, from the numbers of the summaries that they rest on."""

from lib.claims.parts import MissingNumber
from lib.claims.record import record
from lib.claims.schema import Dose, parse_claims
from lib.claims.summary import section_summary
from lib.report.summary import Number, load
from lib.report.texts import load_texts
from lib.workflow.files import read_json, stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, run_job
from lib.workflow.summaries import made_from_samples


def main(
    section: Wildcard[str],
    claims: InputFile,
    settings: InputFile,
    doses: list[InputFile],
    summaries: list[InputFile],
    texts: list[InputFile],
    datasets: list[InputFile],
    decisions: OutputFile,
    summary: OutputFile,
) -> None:
    run = {
        "experiments": read_json(settings)["experiments"],
        "doses": {path.stem.partition(".")[2]: Dose(**read_json(path)) for path in doses},
        "is_sample": made_from_samples(datasets),
    }
    labels = load_texts(texts[0].parent).labels
    numbers: dict[str, Number] = {}
    for path in summaries:
        numbers |= load(path).numbers
    known = parse_claims(claims.read_text(encoding="utf-8"), claims.name)
    own = {key: claim for key, claim in known.items() if claim.section == section}
    try:
        decided = record(own, numbers, labels, **run)
    except MissingNumber as error:
        raise ValueError(f"{claims.name}: {error}") from None
    with whole_files(decisions, summary) as (plain, entries):
        plain.write_text(stable_json(decided), encoding="utf-8")
        entries.write_text(section_summary(decided, labels).to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
