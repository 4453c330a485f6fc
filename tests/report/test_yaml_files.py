"""YAML that cannot be meant so is refused in one line."""

import pytest

from lib.report.yaml_files import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one: {en: A}\n# more\ntwo: {en: B}\none: {en: C}\n", "line 4: 'one' is there twice"),
        ("one:\n  en: A\n  zh: 甲\n  en: B\n", "line 4: 'en' is there twice"),
        ("- {a: 1}\n- {b: 1, b: 2}\n", "line 2: 'b' is there twice"),
        ("one: 2024-13-45\n", "line 1: not a valid timestamp; correct it, or, if it is a text, use quotation marks"),
    ],
)
def test_yaml_that_cannot_be_meant_so_is_refused_with_its_line(text, message):
    with pytest.raises(ValueError) as error:
        parse_yaml(text, "labels.yaml")
    assert str(error.value) == f"labels.yaml: {message}"


def test_a_key_that_overrides_one_that_is_merged_in_is_not_there_twice():
    # PyYAML 6.0.4 itself gets this wrong for keys of one letter.
    text = "first: {own: &own {<<: &base {one: 1, two: 2}, one: 3}}\nsecond: {<<: *own, two: 4}\nthird: *base\n"
    assert parse_yaml(text, "x.yaml") == {
        "first": {"own": {"one": 3, "two": 2}},
        "second": {"one": 3, "two": 4},
        "third": {"one": 1, "two": 2},
    }


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "labels.yaml").write_bytes("back: {zh: 回}".encode("gbk"))
    with pytest.raises(ValueError, match=r"^labels\.yaml: not UTF-8: .* at byte 11; save it as UTF-8$"):
        read_yaml(tmp_path / "labels.yaml")
