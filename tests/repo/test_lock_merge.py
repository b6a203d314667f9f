"""Two dvc.lock become one, stage by stage, in the bytes that DVC itself would write."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import pytest
from dvc.utils.serialize import dumps_yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.repo.lock_merge import LockMerge, merge_lock
from tests.repo.project import Project

Stages = Mapping[str, int]  # names, and which version of it


def stage(version: int) -> dict[str, Any]:
    """A stage as DVC notes it, with what is awkward in YAML."""
    shared = [0.1, 0.2]  # in two places: DVC writes an anchor and an alias
    return {
        "cmd": f"python train.py --out model {'--set name=value ' * 6}\\\n  --seed {version}",
        "deps": [
            {"path": "a.csv", "hash": "md5", "md5": f"{version:032x}", "size": version},
            {"path": "train.py", "hash": "md5", "md5": "c" * 32, "size": 12},
        ],
        "params": {"params.yaml": {"rate": 1e-05, "on": "yes", "low": shared, "high": shared}},
        "outs": [{"path": "model", "hash": "md5", "md5": f"{version:030x}.d", "nfiles": 3}],
    }


def lock(stages: Mapping[str, Any] | None, **others: Any) -> bytes:
    """A dvc.lock by DVC's own writer; empty for None."""
    if stages is None:
        return b""
    bodies = {n: stage(v) if isinstance(v, int) else v for n, v in stages.items()}
    entries = {"schema": "2.0", **others, **({"stages": bodies} if stages else {})}
    return dumps_yaml(OrderedDict(entries)).encode()


def read(content: bytes) -> dict[str, Any]:
    return YAML(typ="safe").load(content) or {}


def read_stages(content: bytes) -> dict[str, Any]:
    return read(content).get("stages", {})


CASES: dict[str, tuple[Stages | None, Stages | None, Stages | None, Stages, tuple[str, ...]]] = {
    # name: (base, ours, theirs, merged, dropped)
    "nothing changed": ({"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 1}, ()),
    "only ours ran": ({"a": 1}, {"a": 2}, {"a": 1}, {"a": 2}, ()),
    "only theirs ran": ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, ()),
    "each ran another": (
        {"a": 1, "b": 1, "c": 1},
        {"a": 2, "b": 1, "c": 1},
        {"a": 1, "b": 1, "c": 2},
        {"a": 2, "b": 1, "c": 2},
        (),
    ),
    "both ran alike": ({"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 2, "b": 1}, {"a": 2, "b": 2}, ()),
    "both ran otherwise": ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 1}, {"b": 1}, ("a",)),
    "items of a loop are stages": (
        {"a@x": 1, "a@y": 1},
        {"a@x": 2, "a@y": 2},
        {"a@x": 1, "a@y": 3},
        {"a@x": 2},
        ("a@y",),
    ),
    "ours removed": ({"a": 1, "b": 1}, {"a": 1}, {"a": 2, "b": 1}, {"a": 2}, ()),
    "theirs removed": ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1}, {"a": 2}, ()),
    "both removed": ({"a": 1, "b": 1, "c": 1}, {"b": 2, "c": 1}, {"b": 1}, {"b": 2}, ()),
    "ours removed, theirs ran": ({"a": 1, "b": 1}, {"a": 1}, {"a": 1, "b": 2}, {"a": 1}, ("b",)),
    "theirs removed, ours ran": ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1}, ("b",)),
    "both added others": ({}, {"a": 1, "b": 1}, {"c": 1}, {"a": 1, "b": 1, "c": 1}, ()),
    "both added the same": ({}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2}, ()),
    "both added one name": ({"b": 1}, {"b": 1, "a": 1}, {"b": 1, "a": 2}, {"b": 1}, ("a",)),
    "both added the file": (None, {"a": 1, "b": 1}, {"a": 2, "c": 1}, {"b": 1, "c": 1}, ("a",)),
    "ours emptied the file": ({"a": 1, "b": 1}, None, {"a": 2, "b": 1, "c": 1}, {"c": 1}, ("a",)),
    "theirs emptied the file": ({"a": 1}, {"a": 1, "b": 1}, None, {"b": 1}, ()),
    "all of it dropped": ({"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 3, "b": 3}, {}, ("a", "b")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    base, ours, theirs, merged, dropped = CASES[name]
    assert merge_lock(lock(base), lock(ours), lock(theirs)) == LockMerge(lock(merged), dropped)


LOCKS = st.none() | st.dictionaries(
    st.sampled_from(["a", "b", "c@x", "c@y", "d"]), st.integers(1, 3), max_size=5
)
few = settings(max_examples=20, deadline=None)


@few
@given(LOCKS, LOCKS)
def test_a_side_that_changed_nothing_gives_way_to_the_other(base: Stages, x: Stages) -> None:
    for ours, theirs in ((base, x), (x, base), (x, x)):
        assert merge_lock(lock(base), lock(ours), lock(theirs)) == LockMerge(lock(x), ())


@few
@given(LOCKS, LOCKS, LOCKS)
def test_sides_may_be_swapped(base: Stages, ours: Stages, theirs: Stages) -> None:
    one = merge_lock(lock(base), lock(ours), lock(theirs))
    other = merge_lock(lock(base), lock(theirs), lock(ours))
    assert one.dropped == other.dropped
    assert read(one.content) == read(other.content)


@few
@given(LOCKS, LOCKS, LOCKS)
def test_every_stage_is_a_side_s_or_dropped(base: Stages, ours: Stages, theirs: Stages) -> None:
    before, our, their = (read_stages(lock(stages)) for stages in (base, ours, theirs))
    result = merge_lock(lock(base), lock(ours), lock(theirs))
    merged = read_stages(result.content)
    assert all(body in (our.get(name), their.get(name)) for name, body in merged.items())
    assert not merged.keys() & set(result.dropped)
    for name in before.keys() | our.keys() | their.keys():
        versions = [side.get(name) for side in (before, our, their)]
        clash = all(versions[i] != versions[j] for i, j in ((0, 1), (0, 2), (1, 2)))
        assert clash == (name in result.dropped)
        if versions[1] == versions[0] != versions[2]:
            assert merged.get(name) == versions[2]


@few
@given(LOCKS, LOCKS, LOCKS)
def test_dvc_would_write_it_just_so(base: Stages, ours: Stages, theirs: Stages) -> None:
    merged = merge_lock(lock(base), lock(ours), lock(theirs)).content
    tree = YAML().load(merged)
    out = io.BytesIO()
    if tree is not None:
        YAML().dump(tree, out)
    assert out.getvalue() == merged
    assert list(read(merged)) in ([], ["schema"], ["schema", "stages"])


def test_the_order_of_paths_and_keys_does_not_matter() -> None:
    ours, theirs = stage(2), dict(reversed(stage(2).items()))
    theirs["deps"] = theirs["deps"][::-1]
    result = merge_lock(lock({"a": 1}), lock({"a": ours}), lock({"a": theirs}))
    assert result == LockMerge(lock({"a": ours}), ())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(["x", "y"], ["y", "x"]), ("1", 1), ("yes", True), ("null", None), ("1.0", 1.0)],
    ids=repr,
)
def test_values_of_params_matter_in_all_else(ours: Any, theirs: Any) -> None:
    sides = [{"a": {"cmd": "x", "params": {"p.yaml": {"v": v}}}} for v in (0, ours, theirs)]
    assert merge_lock(*map(lock, sides)).dropped == ("a",)


def test_nan_is_no_change() -> None:
    still = {"cmd": "x", "params": {"p.yaml": {"v": float("nan")}}}
    sides = [{"a": still, "b": b, "c": c} for b, c in ((1, 1), (2, 1), (1, 2), (2, 2))]
    base, ours, theirs, merged = map(lock, sides)
    assert merge_lock(base, ours, theirs) == LockMerge(merged, ())


def test_aliases_of_both_sides_stay_apart() -> None:
    def shared(value: int) -> dict[str, Any]:
        same = [value]
        return {"cmd": "x", "params": {"p.yaml": {"v": same, "w": same}}}

    result = merge_lock(lock({}), lock({"a": shared(1)}), lock({"b": shared(2)}))
    assert read_stages(result.content) == {"a": shared(1), "b": shared(2)}
    assert result.content == lock({"a": shared(1), "b": shared(2)})


def test_comments_and_dvc_s_data_sets_come_along() -> None:
    base = lock({"a": 1, "b": 1})
    ours = b"# Ours\n" + lock({"a": 2, "b": 1})
    theirs = lock({"a": 1, "b": 2}, datasets=[{"name": "web", "url": "s3://x"}])
    merged = merge_lock(base, ours, theirs).content
    assert merged.startswith(b"# Ours\nschema: '2.0'\nstages:\n")
    assert read(merged)["datasets"] == [{"name": "web", "url": "s3://x"}]
    assert read_stages(merged) == read_stages(lock({"a": 2, "b": 2}))
    removed = merge_lock(theirs, theirs.replace(b"url: s3://x", b"url: s3://x # ours"), base)
    assert "datasets" not in read(removed.content)


def test_both_sides_changed_a_key_beside_the_stages() -> None:
    sides = [lock({"a": 1}, datasets=[{"name": "web", "rev": rev}]) for rev in (1, 2, 3)]
    with pytest.raises(LabelvcError, match=r"sub/dvc\.lock: both sides changed datasets") as told:
        merge_lock(*sides, where="sub/dvc.lock")
    assert "dvc repro" in str(told.value)


@pytest.mark.parametrize("base", [b"", lock({"a": 1})])
def test_sides_of_different_schemas_are_refused(base: bytes) -> None:
    newer = lock({"a": 2}).replace(b"2.0", b"3.0")
    with pytest.raises(LabelvcError, match=r"ours is of schema 2\.0, theirs of schema 3\.0"):
        merge_lock(base, lock({"a": 1}), newer)


@pytest.mark.parametrize(
    "wrong",
    [
        b"- a\n",
        b"a: [\n",
        b"a:\n  cmd: from DVC 1\n",
        b"schema: 2.0\nstages: {}\n",
        b"schema: '2.0'\nstages: [a]\n",
        b"schema: '2.0'\nstages: {a: b}\n",
        b"schema: '2.0'\nstages: {1: {cmd: x}}\n",
        b"schema: '2.0'\nstages: {a: {cmd: x}, a: {cmd: y}}\n",
        b"schema: '2.0'\nstages: {a: {cmd: !!bool x}}\n",
        b"schema: '2.0'\nstages: {a: &x {<<: *x, cmd: x}}\n",
        b"schema: '2.0'\nstages: {a: !!python/name:os.system {}}\n",
        b"<<<<<<< HEAD\nschema: '2.0'\n=======\n>>>>>>> x\n",
        b"schema: '2.0'\nother: " + b"[" * 5000,
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_is_no_lock_is_refused_on_any_side(wrong: bytes, at: int) -> None:
    sides = [lock({"a": 1}), lock({"a": 1}), lock({"a": 2})]
    sides[at] = wrong
    with pytest.raises(ParseError, match=r"^dvc\.lock"):
        merge_lock(*sides)


PIPELINE = """stages:
  copy:
    foreach: [left, right, both]
    do:
      cmd: cp ${item}.txt ${item}.out
      deps: ["${item}.txt"]
      outs: ["${item}.out"]
"""


def run(project: Project, branch: str, **texts: str) -> bytes:
    """Write files, run the pipeline, commit; the dvc.lock it made."""
    if project.commits:
        project.git("checkout", "-q", "-b", branch, "main")
    for name, text in texts.items():
        project.write(f"{name}.txt", text)
    with project.dvc_repo() as dvc:
        dvc.reproduce()
    project.commit(branch)
    return project.read("dvc.lock")


def test_dvc_runs_again_what_was_dropped_and_nothing_else(project: Project) -> None:
    project.write("dvc.yaml", PIPELINE)
    base = run(project, "main", left="1", right="1", both="1")
    theirs = run(project, "theirs", right="2", both="2")
    ours = run(project, "ours", left="3", both="3")
    result = merge_lock(base, ours, theirs)
    assert result.dropped == ("copy@both",)
    project.write("dvc.lock", result.content)
    project.git("checkout", "theirs", "--", "right.txt")
    project.write("both.txt", "4")
    with project.dvc_repo() as dvc:
        dvc.checkout(allow_missing=True)  # what was dropped is not in the lock
        assert project.read("left.out") + project.read("right.out") == b"32"
        assert dvc.status().keys() == {"copy@both"}
        assert [stage.addressing for stage in dvc.reproduce()] == ["copy@both"]
    after = project.read("dvc.lock")
    assert after.startswith(result.content)
    assert project.read("both.out") == b"4"
    with project.dvc_repo() as dvc:
        assert dvc.status() == {}
        dvc.reproduce(force=True)
    assert project.read("dvc.lock") == after


def test_dvc_goes_on_with_a_lock_of_which_nothing_is_left(project: Project) -> None:
    project.write("dvc.yaml", PIPELINE)
    base = run(project, "main", left="1", right="1", both="1")
    sides = [base.replace(b"size: 1", size) for size in (b"size: 2", b"size: 3")]
    project.write("dvc.lock", merge_lock(base, *sides).content)
    with project.dvc_repo() as dvc:
        assert len(dvc.status()) == 3
        assert len(dvc.reproduce()) == 3
    assert project.read("dvc.lock") == base
