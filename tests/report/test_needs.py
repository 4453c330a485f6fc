"""What a template needs is known without rendering it, however it writes its ids."""

import pytest

from lib.report.needs import Needs, joined, needs_of


def needs(template: str) -> Needs:
    return needs_of(template, "some.en.md.j2")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{{ num("mnist.test_accuracy", digits=2) }}', Needs(groups=("mnist",))),
        ('{{ fact("gray.larger_drop") }} {{ value("cifar.gap") }}', Needs(groups=("cifar", "gray"))),
        ('{{ setup("overfit.training.epochs") }} {{ setup("mnist", raw=True) }}', Needs(settings=("mnist", "overfit"))),
        ('{{ listing("lib.nn.optim", "sgd", whole=True) }}', Needs(modules=("lib.nn.optim",))),
        (
            '{{ table("mnist_trials") }} {{ plain_table("runtime_rules") }}',
            Needs(tables=("mnist_trials", "runtime_rules")),
        ),
        ('{{ figure("mnist_curves") }} {{ figure("gray_bars") }}', Needs(figures=("gray_bars", "mnist_curves"))),
        ('{{ verdict("adam-best") }}', Needs(claims=("adam-best",))),
        ('{% if included("conv_init") %}He{% endif %}', Needs(experiments=("conv_init",))),
        ('{{ ref("mnist_curves") }} {{ section_ref("gray") }} {{ cite("he2015", "ba2016") }}', Needs()),
        ("No ids, a number of 0.5 and {{ language }}.", Needs()),
    ],
)
def test_ids_are_found_by_kind(template, expected):
    assert needs(template) == expected


@pytest.mark.parametrize(
    "template",
    [
        '{% set key = "cifar.gap" %}{{ num(key) }}',
        '{% for key in ["cifar.gap", "cifar.epochs.mlp"] %}{{ num(key) }}{% endfor %}',
        '{% set rows = [("cifar.gap", "Gap", "gray")] %}{% for key, name, at in rows %}{{ num(key) }}{% endfor %}',
        '{% macro told(key) %}{{ num(key) }}{% endmacro %}{{ told("cifar.gap") }}',
        '{% macro of(model) %}{{ num("cifar.test_accuracy." ~ model) }}{% endmacro %}{{ of("mlp") }}',
        '{{ num("cifar." ~ measure ~ ".mlp") }}',
        '{% if not fact("cifar.drops") %}{% else %}{{ "a" if value("cifar.gap") > 0.5 else "b" }}{% endif %}',
        '{{ fact("cifar.recipe_rows").mlp | selectattr("key", "equalto", "x") | list }}',
    ],
)
def test_ids_of_numbers_are_found_wherever_they_stand(template):
    assert needs(template).groups == ("cifar",)


def test_a_branch_that_is_not_printed_counts_as_well():
    template = '{% if false %}{{ table("a_table") }}{{ setup("mnist.search") }}{% endif %}'
    assert needs(template) == Needs(tables=("a_table",), settings=("mnist",))


@pytest.mark.parametrize(
    "path", ['"cifar.recipes." ~ recipe ~ ".mlp.training"', '"cifar." ~ "recipe"', '("cifar." ~ a) ~ ".b"', '"cifar"']
)
def test_a_setting_is_known_by_what_its_path_begins_with(path):
    assert needs(f"{{{{ setup({path}, raw=True) }}}}") == Needs(settings=("cifar",))


def test_an_id_in_an_argument_that_says_how_is_not_one_that_is_printed():
    assert needs('{{ figure("mnist_curves", "gray.bars") }}') == Needs(figures=("mnist_curves",))


def test_bad_syntax_is_named_with_its_template_and_line():
    with pytest.raises(ValueError, match=r"^some\.en\.md\.j2: line 2: ") as error:
        needs("Text\n{% if %}")
    assert "\n" not in str(error.value)


def test_both_languages_together_need_what_either_does():
    parts = [needs('{{ num("mnist.a") }}{{ figure("x") }}'), needs('{{ num("gray.a") }}{{ figure("x") }}'), Needs()]
    assert joined(parts) == Needs(groups=("gray", "mnist"), figures=("x",))
