"""YAML files as they are read everywhere here: nothing twice, nothing endless, one line for what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path, name: str = "") -> Any:
    """Content of a YAML file, as :func:`parse_yaml` reads it; messages have its ``name``, else that of the file."""
    return parse_yaml(read_text(path, name or path.name), name or path.name)


def read_text(path: Path, name: str) -> str:
    """Text of a file; one that cannot be read or is not UTF-8 is a :exc:`ValueError` with its ``name``."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(unreadable(name, error)) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from None


def unreadable(name: str, error: OSError) -> str:
    """What is told of a file that cannot be read."""
    return f"{name}: cannot be read ({error.strerror}); it must be a file that you have the right to read"


class YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml is nine times as fast
    """Refuses a key that a mapping has twice, of which YAML would silently take the second, and endless aliases."""

    def construct_document(self, node: yaml.Node) -> Any:
        _check_nodes(node, {})
        return super().construct_document(node)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError):  # of 2026-13-45, !!int "" and !!timestamp x
            kind = node.tag.rpartition(":")[2]
            raise _refusal(node, f"not a valid {kind}; correct it, or, if it is a text, use quotation marks") from None


def _refusal(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _check_nodes(node: yaml.Node, done: dict[int, bool]) -> None:
    """``done`` says of each node that was met whether all that is inside has been seen."""
    if isinstance(node, yaml.ScalarNode) or done.get(id(node)):
        return
    if id(node) in done:  # an alias is the node that it stands for
        raise _refusal(node, "an alias inside of what it stands for; write out what is meant")
    done[id(node)] = False
    keys = set()
    for item in node.value:
        key, value = item if isinstance(node, yaml.MappingNode) else (None, item)
        if isinstance(key, yaml.ScalarNode):
            if (key.tag, key.value) in keys:
                raise _refusal(key, f"{key.value!r} is there twice")
            keys.add((key.tag, key.value))
        _check_nodes(value, done)
    done[id(node)] = True


def parse_yaml(text: str, name: str) -> Any:
    """Content of YAML ``text``; what cannot be read is a :exc:`ValueError` with ``name`` and line."""
    try:
        return yaml.load(text, Loader=YamlLoader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{name}: {line}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: {' '.join(str(error).split())}") from None
