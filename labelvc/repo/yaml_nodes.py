"""YAML by its nodes, which know their lines, so that messages can name them."""

from __future__ import annotations

import yaml

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.yaml_bounds import check_bounds


def compose(content: bytes, where: str) -> yaml.Node | None:
    """The nodes of a YAML text; None where it is empty. Raises ParseError."""
    try:
        text = content.decode("utf-8-sig")
        check_bounds(text, where)
        return yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        raise ParseError(
            where, f"byte {error.start}", expected="UTF-8", found="other bytes"
        ) from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ParseError(where, line, expected="YAML", found=str(error.problem)) from None
    except yaml.YAMLError as error:
        raise ParseError(where, "", expected="YAML", found=str(error)) from None


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def entries_of(
    node: yaml.Node, where: str, *, known: tuple[str, ...] | None = None, at: str = ""
) -> dict[str, yaml.Node]:
    """The keys of a mapping, each once."""
    if not isinstance(node, yaml.MappingNode):
        raise wrong(node, where, f"keys with values{f' in {at}' if at else ''}", node.value)
    entries: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        key = scalar(key_node, where)
        if key in entries:
            raise wrong(key_node, where, "each key once", key)
        if known is not None and key not in known:
            raise wrong(key_node, where, f"one of {', '.join(known)}", key)
        entries[key] = value
    return entries


def is_empty(node: yaml.Node) -> bool:
    """Whether it is null, or nothing."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def scalar(node: yaml.Node, where: str) -> str:
    """The text of a node that is one value. Raises ParseError."""
    if not isinstance(node, yaml.ScalarNode):
        raise wrong(node, where, "one value", node.value)
    return str(node.value)


def wrong(node: yaml.Node, where: str, expected: str, found: object) -> ParseError:
    """The error that names the line of a node."""
    line = node.start_mark.line + 1
    return ParseError(where, f"line {line}", expected=expected, found=shorten(found))
