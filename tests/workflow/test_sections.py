"""Which summaries a section needs follows from what its templates print, in a small report made up for this."""

from pathlib import Path
from typing import Any

import pytest

from lib.claims.schema import Claim, parse_claims
from lib.report.texts import load_texts
from lib.workflow.run import Run
from lib.workflow.sections import check_claims, studies_in, summaries_printed

STUDIES = ("first", "second", "extra_trials", "other_trials")
TEXTS = {
    "sections.yaml": "{title: {en: T}, languages: [en], unfinished: [fr], sections: {first: 1, second: 2, claims: A}}",
    "labels.yaml": "{}",
    "captions.yaml": """
        first_results: {kind: table, section: first, en: A table.}
        extra_results: {kind: table, section: first, experiment: extra_trials, en: A table.}
        own_name: {kind: table, section: second, en: A table.}
        other_curves:
          {kind: figure, section: second, experiment: other_trials, format: svg, en: A figure., alt: {en: Curves.}}
        claims_verdicts: {kind: table, section: claims, en: A table.}
    """,
}
CLAIMS = """
better: {section: first, text: {en: It is.}, parts: [{kind: above, metric: first.gain, about: {en: gain}}]}
faster: {section: second, text: {en: It is.}, parts: [{kind: above, metric: second.gain, about: {en: gain}}]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "report/sections").mkdir(parents=True)
    for name, text in TEXTS.items():
        (tmp_path / "report" / name).write_text(text, encoding="utf-8")
    return tmp_path


def run_of(project: Path, experiments: tuple[str, ...] = ("extra_trials",)) -> Run:
    config: dict[str, Any] = {"run": "main", "claims": {"experiments": list(experiments)}}
    return Run(config, project, working_directory=project)


def claims(project: Path) -> dict[str, Claim]:
    return parse_claims(CLAIMS, "claims.yaml", load_texts(project / "report").outline)


def printed(project: Path, template: str, section: str = "first", **run: Any) -> list[str]:
    for language in ("en", "fr"):
        path = project / f"report/sections/{section}.{language}.md.j2"
        path.write_text(template if language == "en" else "Rien.", encoding="utf-8")
    return summaries_printed(run_of(project, **run), section, STUDIES, claims(project))


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("No results.", []),
        ('{{ num("first.gain") }} {{ fact("second.winner") }}', ["first", "second"]),
        ('{{ table("own_name") }}', ["second"]),  # a table belongs to the section of its caption
        ('{{ table("extra_results") }}', ["extra_trials"]),  # or to the experiment
        ('{{ plain_table("runtime_rules") }}', ["runtime"]),  # one without a caption to what its name begins with
        ('{{ num("nothing.known") }} at 0.5', []),
        ('{{ figure("other_curves") }}', []),  # a figure is a file of its own
    ],
)
def test_summaries_are_those_whose_numbers_facts_and_tables_are_printed(project, template, names):
    assert printed(project, template) == names


def test_what_only_one_language_prints_counts(project):
    for language, text in (("en", '{{ num("first.gain") }}'), ("fr", '{{ num("second.gain") }}')):
        (project / f"report/sections/first.{language}.md.j2").write_text(text, encoding="utf-8")
    assert summaries_printed(run_of(project), "first", STUDIES, claims(project)) == ["first", "second"]


def test_an_experiment_that_the_run_leaves_out_is_not_asked_for_its_results(project):
    template = (
        '{% if included("extra_trials") %}{{ table("extra_results") }}{{ num("extra_trials.gain") }}{% endif %}'
        '{{ num("first.gain") }}'
    )
    assert printed(project, template) == ["extra_trials", "first"]
    assert printed(project, template, experiments=()) == ["first"]
    assert printed(project, template, experiments=("other_trials",)) == ["first"]


def test_a_verdict_is_that_of_the_section_of_its_claim(project):
    assert printed(project, '{{ verdict("better") }}') == ["claims_first"]
    assert printed(project, '{{ verdict("better") }}{{ verdict("faster") }}') == ["claims_first", "claims_second"]
    assert printed(project, '{{ verdict("unknown") }}') == []  # rendering will say so


def test_the_page_of_all_claims_has_them_from_one_summary(project):
    template = '{{ num("claims.count") }}{{ table("claims_verdicts") }}{{ verdict("better") }}{{ verdict("faster") }}'
    assert printed(project, template, section="claims") == ["claims"]
    assert printed(project, '{{ fact("claims.entry." ~ key) }}{{ verdict("better") }}', section="claims") == ["claims"]


def test_studies_are_sections_and_the_experiments_of_the_run(project):
    assert studies_in(run_of(project), STUDIES) == ["first", "second", "extra_trials"]
    assert studies_in(run_of(project, ()), STUDIES) == ["first", "second"]


def test_an_experiment_that_no_caption_has_ends_the_process_with_those_that_there_are(project):
    with pytest.raises(SystemExit) as stopped:
        printed(project, '{% if included("extra_trails") %}Yes.{% endif %}')
    assert str(stopped.value) == (
        "report/sections/first.en.md.j2: unknown experiment 'extra_trails'; allowed: extra_trials, other_trials"
    )


def test_captions_of_experiments_that_are_left_out_are_in_no_run_and_the_rest_is_numbered_anew(project):
    captions = run_of(project, ()).report.texts.captions
    assert [(key, caption.number) for key, caption in captions.items() if caption.kind == "table"] == [
        ("first_results", 1),
        ("own_name", 2),
        ("claims_verdicts", 3),
    ]
    assert run_of(project, ()).report.figures == []
    assert run_of(project, ("other_trials",)).report.figures == [
        "results/main/report/figures/other_curves.png",
        "results/main/report/figures/other_curves.svg",
    ]


def test_figures_are_translated_where_the_report_has_words_for_them(project):
    assert run_of(project, ("other_trials",)).report.translated() == []
    words = "{keep: [], texts: {Loss: {fr: Perte}}}"
    (project / "report/figure_words.yaml").write_text(words, encoding="utf-8")
    report = run_of(project, ("other_trials",)).report
    assert report.texts.translated == ("fr",)
    assert report.vectors == ["results/main/report/figures/other_curves.svg"]
    assert report.translated() == report.translated("fr") == ["results/main/report/figures/fr/other_curves.svg"]


def test_texts_that_cannot_be_used_end_the_process_with_one_line(project):
    (project / "report/labels.yaml").write_text("agreed: {fr: oui}", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^report/labels\.yaml: agreed: missing: en$"):
        _ = run_of(project).report.texts


def test_a_claim_that_rests_on_no_study_is_named_with_those_there_are(project):
    claims = parse_claims(CLAIMS.replace("metric: second.gain", "metric: third.gain"), "claims.yaml")
    line = r"^report/claims\.yaml: faster: no study 'third'; allowed: first, second"
    with pytest.raises(SystemExit, match=line):
        check_claims(run_of(project), STUDIES, claims)


def test_a_claim_of_an_experiment_that_is_left_out_rests_on_nothing(project):
    claims = parse_claims(CLAIMS.replace("faster: {", "faster: {needs: other_trials, ").replace("second.g", "no.g"), "")
    check_claims(run_of(project), STUDIES, claims)
