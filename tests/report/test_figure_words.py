"""Texts of a figure in another language."""

import pytest

from lib.report.figure_words import left, texts_of, translated
from lib.report.texts import read_figure_words
from scripts import translate_figures

WORDS = {
    "Loss": "损失",
    "mean over {} runs": "{} 次运行的均值",
    "{} ({} of {} diverged)": "{0}（{2} 次中 {1} 次发散）",
    "Five layers": "五层",
    "a < b": "甲 < 乙",
    "{}; {}": "{}；{}",
}


def svg(*lines: str) -> str:
    return "<svg>" + "".join(f'<text style="fill: #222222" x="1">{line}</text>' for line in lines) + "</svg>"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Loss", "损失"),
        ("Loss of all", "Loss of all"),
        ("mean over 12 runs", "12 次运行的均值"),
        ("Five layers (1 of 3 diverged)", "五层（3 次中 1 次发散）"),
        ("CNN (1 of 3 diverged)", "CNN（3 次中 1 次发散）"),
        ("Loss; mean over 2 runs", "损失；2 次运行的均值"),
        ("a &lt; b", "甲 &lt; 乙"),
        ("<tspan>L</tspan><tspan>o</tspan>", "<tspan>L</tspan><tspan>o</tspan>"),
        ("", ""),
    ],
)
def test_whole_texts_are_replaced_and_nothing_else(english, chinese):
    assert translated(svg(english, "0.5"), WORDS) == svg(chinese, "0.5")


def test_a_language_without_words_leaves_the_figure_as_it_is():
    assert translated(svg("Loss", "a &lt; b"), {}) == svg("Loss", "a &lt; b")


def test_what_is_left_is_told_once_and_names_are_not():
    figure = svg(
        "CNN (n = 3)", "4e-10", "CIFAR-10", "学习率 rate", "学习率 rate", "&lt;1", "<tspan>1</tspan><tspan>0</tspan>"
    )
    assert left(figure, ["CNN", "n", "CIFAR-10"]) == ["学习率 rate"]
    assert list(texts_of(figure))[-2:] == ["<1", "10"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"Loss": "损失"}, "texts: Loss: expected a text by language"),
        ({"Loss": {"chinese": "损失"}}, "no code of a language"),
        ({"Loss": {"zh": 1}}, "expected a text"),
        ({"{} runs": {"zh": "{} 次，{} 次"}}, "other {} than the English text"),
        ({"{} runs": {"zh": "{1} 次"}}, "other {} than the English text"),
    ],
)
def test_wrong_words_are_told_with_their_place(texts, message):
    with pytest.raises(ValueError, match=r"^figure_words\.yaml: texts: ") as error:
        read_figure_words({"keep": [], "texts": texts})
    assert message in str(error.value)


def test_each_figure_is_written_in_another_language_and_words_that_it_lacks_are_told(tmp_path, capsys):
    drawn, words = [tmp_path / "figures" / name for name in ("a.svg", "b.svg")], tmp_path / "figure_words.yaml"
    drawn[0].parent.mkdir()
    drawn[0].write_text(svg("Loss", "CNN"), encoding="utf-8")
    drawn[1].write_text(svg("Rate"), encoding="utf-8")
    words.write_text("{keep: [CNN], texts: {Loss: {zh: 损失}}}", encoding="utf-8")
    written = [tmp_path / "figures/zh" / path.name for path in reversed(drawn)]
    translate_figures.main("zh", drawn, words, written)
    assert [path.read_text(encoding="utf-8") for path in written] == [svg("Rate"), svg("损失", "CNN")]
    assert capsys.readouterr().out == "b: not in figure_words.yaml (zh): Rate\n"
