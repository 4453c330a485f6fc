"""The page of the benchmarks has a part for each kind of machine, and says what their files say."""

import json
import shutil

from benchmarks import run


def test_the_page_is_what_the_files_of_the_machines_say(tmp_path):
    shutil.copytree(run.DOCS, tmp_path / "benchmarks")
    run.write(tmp_path / "benchmarks")
    written = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert written == run.DOCS.with_suffix(".md").read_text(encoding="utf-8"), "python -m benchmarks.run --write"


def test_machines_stand_side_by_side_those_with_bfloat16_first(tmp_path):
    file = next(run.DOCS.glob("*.json"))
    results = json.loads(file.read_text(encoding="utf-8"))
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    slow = {"processor": "An Old CPU", "family": "6, model 1", "cores": 4, "memory_gib": 8, "instructions": ["avx2"]}
    for name, machine in (("a", results["machine"] | slow), ("b", results["machine"])):
        (folder / f"{name}.json").write_text(json.dumps(results | {"machine": machine}))
    (folder / "c.json").write_text(json.dumps({"machine": results["machine"], "made": {}}))
    run.write(folder)
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| [")]
    assert [line.split("](#")[1][0] for line in rows] == ["b", "c", "a"]
    made = results["made"]["cifar"]
    assert rows[2].startswith("| [An Old CPU (family 6, model 1)](#a) | 4 | no | ")
    assert rows[2].endswith(f"{made['date']}, `{made['commit']}` |")
    assert len({line.count("|") for line in rows}) == 1
    assert (folder / "a-throughput.svg").is_file() and "](benchmarks/a-throughput.svg)" in page


def test_a_kind_of_processor_has_one_file():
    first = {"processor": "Intel(R) Xeon(R) Processor @ 2.60GHz", "family": "6, model 143"}
    assert run.file_of(first).name == "intel-xeon-2-60ghz-6-143.json"
    assert run.file_of(first | {"cores": 8}) == run.file_of(first)
