"""What templates may call, what comes out, and what a wrong one says."""

import dataclasses
import re
from pathlib import Path

import pytest

from lib.report.render import Context, Used, render_section, unused
from lib.report.summary import Column, Summary, Table
from lib.report.tables import pipe_table


def render(template: str | Path, context: Context, language: str = "en") -> str:
    return render_section("mnist", language, template, context).text


def test_numbers_in_a_sentence(context: Context):
    text = render('{{ num("mnist.test_accuracy", spread=True) }}, n = {{ n("mnist.test_accuracy") }}', context)
    assert "98.00% ± 0.16%, n = 5" in text
    assert render('{{ num("mnist.test_accuracy", digits=1) }}', context).endswith("98.0%\n")
    assert render('{{ num("mnist.missing") }}', context).endswith("—\n")
    # half width of the mean: 2.776445 * 0.00158114 / sqrt(5) = 0.0019632
    assert "97.80% to 98.20%" in render('{{ interval("mnist.test_accuracy") }}', context)


def test_sentences_can_depend_on_results(context: Context):
    condition = "value('mnist.test_accuracy') > 0.9 and fact('mnist.steady')"
    template = f"{{% if {condition} %}}{{{{ fact('mnist.hardest') }}}}{{% endif %}}"
    assert "the digit 8" in render(template, context)
    assert "数字 8" in render(template, context, "zh")


def test_settings(context: Context):
    assert "20 / 256, 128" in render(
        '{{ setup("mnist.training.epochs") }} / {{ setup("mnist.training.hidden") }}', context
    )
    assert "256、128" in render('{{ setup("mnist.training.hidden") }}', context, "zh")
    assert "many" in render('{% if setup("mnist.training.samples", raw=True) > 50000 %}many{% endif %}', context)


def test_several_values_in_a_sentence(context: Context):
    assert "of 64, 128 and 256 channels" in render("of {{ series([64, 128, 256]) }} channels", context)
    assert "of 100 units" in render("of {{ series([100]) }} units", context)
    assert "宽度为 64、128 和 256。" in render("宽度为 {{ series([64, 128, 256]) }}。", context, "zh")


def test_chinese_words_are_not_apart_where_a_template_leaves_a_blank(context: Context):
    blank = '{{ fact("mnist.hardest") }} 的数字 （见下） 为 {{ n("mnist.test_accuracy") }} 个'
    assert "数字 8 的数字（见下）为 5 个" in render(blank, context, "zh")


def test_reference_and_agreement(context: Context):
    template = '{{ reference("mnist.test_accuracy") }}: {{ agreement("mnist.test_accuracy") }}'
    assert "98.05%: agrees (95% prediction interval 97.52% to 98.48%, n = 5)" in render(template, context)
    sample = dataclasses.replace(context, is_sample=True)
    assert "98.05%: not compared on sample data" in render(template, sample)
    assert "—: —" in render('{{ reference("mnist.rate") }}: {{ agreement("mnist.rate") }}', context)


def test_figure_block(context: Context, texts):
    text = render('Text.\n{{ figure("mnist_curves") }}\nMore.', context)
    caption = texts.captions["mnist_curves"]
    assert '<a id="fig-mnist-curves"></a>\n\n![Two panels' in text
    assert "](figures/mnist_curves.svg)\n\n" in text
    assert f"**Figure {caption.number}** {caption.text['en']}<br>\n<small>Made by rule `draw_mnist`</small>" in text
    assert "](figures/mnist_errors.png)" in render('{{ figure("mnist_errors") }}', context)


def test_a_figure_is_in_the_language_of_the_text(context: Context, texts):
    template = '{{ figure("mnist_curves") }}'
    assert "](figures/zh/mnist_curves.svg)\n\n" in render(template, context, "zh")
    assert "](figures/mnist_errors.png)" in render('{{ figure("mnist_errors") }}', context, "zh")  # pixels have none
    english = dataclasses.replace(texts, translated=())
    assert "](figures/mnist_curves.svg)" in render(template, dataclasses.replace(context, texts=english), "zh")


def test_table_block(context: Context):
    text = render('{{ table("mnist_results") }}', context)
    assert "| Layer | Parameters | Width (decades) |\n| :--- | ---: | ---: |\n" in text
    assert "| affine\\|1 | 200,960 | 1.50 |\n" in text
    assert "| $\\|x\\|$ | — | — |\n" in text
    chinese = render('{{ table("mnist_results") }}', context, "zh")
    assert "| 层 | 参数 | 宽度（数量级） |" in chinese
    assert "由规则 `summarise_mnist` 生成" in chinese


def test_a_standard_deviation_stands_behind_its_mean():
    columns = [Column("accuracy", {"zh": "准确率", "en": "Accuracy"}, "percent", spread="spread")]
    rows = [{"accuracy": 0.974, "spread": 0.0021}, {"accuracy": 0.974, "spread": None}, {"accuracy": None}]
    lines = pipe_table(Table(columns, rows), "en", {}).splitlines()
    assert lines == ["| Accuracy |", "| ---: |", "| 97.40% ± 0.21% |", "| 97.40% |", "| — |"]


def test_listing_block(context: Context):
    text = render('{{ listing("lib.nn.optim", "sgd") }}', context)
    assert re.search(r"\*\*Code\*\* `sgd`: \[`lib/nn/optim.py`\]\(../../../lib/nn/optim.py#L\d+-L\d+\), lines ", text)
    assert "```python\ndef sgd(" in text


def test_links(context: Context, texts):
    assert render('{{ ref("mnist_curves") }}', context).endswith(
        f"[Figure {texts.captions['mnist_curves'].number}](#fig-mnist-curves)\n"
    )
    assert "[图 " in render('{{ ref("mnist_curves") }}', context, "zh")
    assert "[第 2.4 节](#sec-overfit)" in render('{{ section_ref("overfit") }}', context, "zh")
    assert "[Appendix A](#sec-claims)" in render('{{ section_ref("claims") }}', context)
    number = texts.bibliography["kingma2015"].number
    assert f"[[{number}]](#ref-kingma2015)" in render('{{ cite("kingma2015") }}', context)
    assert f'{number}. <a id="ref-kingma2015"></a>Kingma' in render("{{ bibliography() }}", context)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ('{{ num("mnist.tset") }}', "unknown number 'mnist.tset'"),
        (
            '{{ num("mnist.tset_accuracy") }}',
            "unknown number 'mnist.tset_accuracy'; did you mean 'mnist.test_accuracy'?",
        ),
        ('{{ reference("mnist.parmeters") }}', "unknown number 'mnist.parmeters'; did you mean 'mnist.parameters'?"),
        ('{{ agreement("mnist.tset") }}', "unknown number 'mnist.tset'"),
        ('{{ fact("mnist.nothing") }}', "unknown fact 'mnist.nothing'"),
        ('{{ fact("mnist.stedy") }}', "unknown fact 'mnist.stedy'; did you mean 'mnist.steady'?"),
        ('{{ setup("mnist.training.nothing") }}', "no setting 'mnist.training.nothing' in the configuration; "),
        ('{{ setup("mnist.trainin.epochs") }}', "in the configuration; did you mean 'mnist.training'?"),
        ('{{ setup("nothing") }}', "no setting 'nothing' in the configuration; allowed: mnist"),
        ('{{ setup("mnist.training.epochs.first") }}', "; mnist.training.epochs is a value, not a section"),
        ('{{ setup("mnist.training") }}', "'mnist.training': is a section with the keys epochs"),
        ('{{ figure("mnist_results") }}', "unknown figure 'mnist_results'; it is a table"),
        ('{{ figure("mnist_curvs") }}', "unknown figure 'mnist_curvs'; did you mean 'mnist_curves'?"),
        ('{{ figure("mnist_search") }}', "no rule is known to make the figure 'mnist_search'"),
        ('{{ table("mnist_table") }}', "unknown table 'mnist_table'"),
        ('{{ plain_table("mnist_result") }}', "gives the table 'mnist_result'; did you mean 'mnist_results'?"),
        ('{{ figure("mnist_curves") }}{{ figure("mnist_curves") }}', "'mnist_curves' is there twice"),
        ('{{ ref("nothing") }}', "unknown figure or table 'nothing'"),
        ('{{ cite("nobody1900") }}', "unknown source 'nobody1900'"),
        ('{{ cite("kingma2014") }}', "unknown source 'kingma2014'; did you mean 'kingma2015'?"),
        ('{{ section_ref("nowhere") }}', "unknown section 'nowhere'; allowed: overview, purpose"),
        ('{{ verdict("mnist-learns") }}', "unknown claim 'mnist-learns'"),
        ('{{ listing("lib.nn.optim", "gone") }}', "no function or class 'gone'"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% if %}", "line 1"),
    ],
)
def test_a_wrong_template_is_one_clear_message(context: Context, tmp_path: Path, template, problem):
    path = tmp_path / "mnist.en.md.j2"
    path.write_text(template, encoding="utf-8")
    with pytest.raises(ValueError, match=r"^mnist\.en\.md\.j2: ") as error:
        render(path, context)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("claim", "hint"),
    [("mnist-lerns", "did you mean 'mnist-learns'?"), ("nope", "allowed: mnist-learns, mnist-overfits")],
)
def test_an_unknown_claim_comes_with_those_that_there_are(context: Context, claim, hint):
    facts = {f"claims.entry.{name}": {} for name in ("mnist-learns", "mnist-overfits")}
    decided = dataclasses.replace(context, summaries={"claims_mnist": Summary(facts=facts)})
    with pytest.raises(ValueError) as error:
        render(f'{{{{ verdict("{claim}") }}}}', decided)
    assert str(error.value) == f"mnist.en: unknown claim '{claim}'; {hint}"


def test_a_figure_without_its_file_is_named(context: Context):
    with pytest.raises(ValueError, match="no file for the figure 'mnist_curves'"):
        render('{{ figure("mnist_curves") }}', dataclasses.replace(context, figures={}))


def test_a_number_of_two_sections_is_refused(context: Context):
    doubled = dataclasses.replace(context, summaries={**context.summaries, "gray": context.summaries["mnist"]})
    with pytest.raises(ValueError, match="'mnist.test_accuracy' of section 'gray'"):
        render("text", doubled)


@pytest.mark.parametrize(
    ("value", "interval", "image_error", "clear"),
    [
        (1.0, (0.5, 1.5), 0.0, True),
        (-1.0, (-1.5, -0.5), 0.0, True),
        (1.0, (-0.5, 2.5), 0.0, False),
        (0.0, (0.0, 0.0), 0.0, False),
        (1.0, None, 0.0, False),
        (1.0, None, 0.4, False),  # one training, however many its images
    ],
)
def test_a_difference_is_clear_where_its_interval_leaves_zero_out(context, value, interval, image_error, clear):
    summary = Summary()
    summary.add("mnist.lead", value, "points", interval=interval, image_error=image_error)
    found = dataclasses.replace(context, summaries={"mnist": summary})
    assert render('{{ clear("mnist.lead") }}', found).endswith(f"{clear}\n")


def test_used_records_what_was_printed(context: Context):
    template = '{{ num("mnist.rate") }}{{ num("mnist.rate") }}{{ table("mnist_results") }}{{ cite("ba2016") }}'
    used = render_section("mnist", "en", template, context).used
    assert used.numbers == ["mnist.rate"]
    assert used.blocks == ["mnist_results"]
    assert used.sources == ["ba2016"]
    assert Used.from_json(used.to_json()) == used


def test_unused_names_figures_that_are_missing_or_in_the_wrong_section(context: Context, texts):
    everything = {section: Used() for section in ("network", "datasets")}
    for caption in texts.captions.values():
        everything.setdefault(caption.section, Used()).blocks.append(caption.id)
    assert unused(texts, everything) == []
    everything["mnist"].blocks.remove("mnist_curves")
    everything["gray"].blocks.append("mnist_errors")
    problems = unused(texts, everything)
    assert len(problems) == 2
    assert "mnist_curves" in problems[0]
    assert "mnist_errors" in problems[1]
