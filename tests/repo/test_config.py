"""labelvc.yaml."""

from __future__ import annotations

import pytest

from labelvc.core.errors import LabelvcError, NotFound, ParseError
from labelvc.repo.config import Config, LabelSet, check_name, parse_config, with_set

FULL = b"""\
# our labels
version: 1
sets:
  train:   # the big one
    path: ./labels/train.json
    format: coco
    key: coco_url
    ids: untrusted
    annotators: independent
    media: images
    task: object-detection
    settings: {coords: one-based, path: file}   # of the format, which may use any name
  "val-2024": {path: labels/val.json}
"""


def test_everything_that_can_be_said():
    train, val = parse_config(FULL).sets
    assert train == LabelSet(
        *("train", "labels/train.json", "coco", "coco_url", "untrusted", "independent"),
        *("images", "object-detection", {"coords": "one-based", "path": "file"}),
    )
    assert val == LabelSet("val-2024", "labels/val.json")
    assert (val.ids, val.annotators) == ("auto", "joint")


@pytest.mark.parametrize(
    "content", [b"", b"# nothing yet\n", b"version: 1\n", b"sets:\n", b"sets: {}"]
)
def test_nothing_declared(content: bytes):
    assert parse_config(content) == Config()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version: 1\nset: {}", "line 2: expected one of version, .*sets, found 'set'"),
        (b"version: 2", "line 1: expected version: 1, found '2'"),
        (b"- a", "line 1: expected keys with values"),
        (b"sets:\n  a: {path: [x]}", "line 2: expected one value"),
        (b"sets:\n  a: {format: coco}", "line 2: expected a path, found 'none in sets.a'"),
        (b"sets:\n  a: {path: x, pats: y}", r"expected a known key \(path\?\), found 'pats'"),
        (b"sets:\n  a: {path: x, anotators: joint}", r"a known key \(annotators\?\)"),
        (b"sets:\n  a: {path: x, coords: one-based}", "those of formats in settings"),
        (b"sets:\n  a: {path: x, settings: [y]}", "line 2: expected keys with values"),
        (b"sets:\n  a: {path: x,\n ids: maybe}", "line 3: expected ids: auto or trusted"),
        (b"sets:\n  a: {path: ../x}", "line 2: expected a path inside the project, found '../x'"),
        (b"sets:\n  a: {path: /etc/passwd}", "a path inside the project"),
        (b"sets:\n  a: {path: .}", "a path inside the project"),
        (b"sets:\n  a: {path: x, media: ../..}", "a path inside the project"),
        (b"sets:\n  a b: {path: x}", "a name of letters"),
        (b"sets:\n  a: {path: x}\n  a: {path: y}", "line 3: expected each key once, found 'a'"),
        (b"sets:\n\ta: 1", "line 2: expected YAML"),
        (b"sets: \xff", "byte 6: expected UTF-8"),
        (b"sets: !!python/object/apply:os.system ['true']", "expected keys with values"),
    ],
)
def test_what_is_refused_and_where(content: bytes, said: str):
    with pytest.raises(ParseError, match=said):
        parse_config(content, "labelvc.yaml")


def test_by_name_or_path():
    config = parse_config(FULL)
    assert config.by_name("train") is config.by_name("labels/train.json")
    assert config.by_name("./labels/val.json") is config.by_name("labels/val.json.dvc")
    with pytest.raises(NotFound, match=r"no label set 'trian'\n.*Did you mean train\?"):
        config.by_name("trian")
    with pytest.raises(NotFound, match=r"Label sets here: train, val-2024"):
        config.by_name("xyz")
    with pytest.raises(NotFound, match=r"labelvc add PATH"):
        Config().by_name("xyz")


def test_a_set_is_added_and_the_rest_stays_as_it_was():
    test = LabelSet("test", "labels/test set.json", "coco", settings={"coords": "zero-based"})
    content = with_set(FULL, test)
    assert parse_config(content).sets == (*parse_config(FULL).sets, test)
    assert content.startswith(FULL.split(b"  train:")[0])
    assert b"# the big one" in content
    assert parse_config(with_set(None, test)).sets == (test,)
    assert with_set(content, test) == content


def test_an_added_set_replaces_the_one_of_its_name():
    content = with_set(FULL, LabelSet("train", "elsewhere.json"))
    assert parse_config(content).by_name("train") == LabelSet("train", "elsewhere.json")


def test_names():
    for name in ("train", "val-2024", "étiquettes", "a.b_c"):
        check_name(name)
    for name in ("", "a b", "-x", "a:b", "a\n", "../x"):
        with pytest.raises(LabelvcError, match="cannot be the name"):
            check_name(name)
