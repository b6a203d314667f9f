"""What goes wrong with databases is told once, with its place, and no password is told ever."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from labelvc.cli.crash import write_log
from labelvc.core.passwords import without_passwords
from tests.adapters import servers
from tests.adapters.places import Place, fresh
from tests.cli.shell import Shell
from tests.repo.project import Project

SECRET = servers.PASSWORD


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> servers.Server:
    found: servers.Server = request.getfixturevalue(f"{request.param}_server")
    return found


def test_a_wrong_password_is_told(labels: Project, run: Shell, server: servers.Server) -> None:
    url = fresh(server).url.replace(SECRET, "wr:ng@pass/word")
    told = run.refused("export", "train", url)
    assert "lets this user in with no such password" in told and "PGPASSWORD" in told
    assert "wr:ng" not in told and "word@" not in told


def test_passwords_come_from_the_environment(
    labels: Project, run: Shell, server: servers.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh(server).url.replace(f":{SECRET}", "")
    assert "no such password" in run.refused("export", "train", url)
    monkeypatch.setenv("PGPASSWORD", SECRET)
    monkeypatch.setenv("MYSQL_PWD", SECRET)
    assert f"to {url}" in run("export", "train", url).out


def test_a_password_is_asked_for_on_a_terminal(
    labels: Project, run: Shell, server: servers.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh(server).url.replace(f":{SECRET}", "")
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return SECRET

    monkeypatch.setattr("getpass.getpass", ask)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    run("export", "train", url)
    assert asked == [f"Password for {url}: "]


def test_no_password_is_left_anywhere(labels: Project, run: Shell, server: servers.Server) -> None:
    place = fresh(server)
    told = [run("export", "train", place.url, "--json")]
    place.update("labels", 1, category="dog")
    told += [run("diff", "train", place.url), run("diff", "train", place.url, "--json")]
    told += [
        run("import", place.url, "--name", "train"),
        run("import", place.url, "--name", "n"),
    ]
    told += [run("diff", place.url, "train", code=2), run("log", place.url, code=2)]
    assert not any(SECRET in one.out + one.err for one in told)
    message = labels.git("log", "-1", "--format=%B")
    assert f"Import train from {server.kind}://127.0.0.1:{server.port}/labels_" in message
    assert SECRET not in message and "ann" not in message
    rows = str([place.rows(name) for name in place.names()])
    files = [
        one for one in labels.path.rglob("*") if one.is_file() and "site-packages" not in str(one)
    ]
    assert SECRET not in rows
    assert not [one for one in files if SECRET.encode() in one.read_bytes()]


def test_the_crash_log_hides_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    urls = ["postgresql://ann:p@ss w/ord@host/db", "mysql://ann@host/db?password=hid%20den"]
    try:
        raise ValueError(f"{urls[0]} and {urls[1]}")
    except ValueError as error:
        write_log(["export", "train", *urls], error)
    log = (tmp_path / "labelvc-crash.log").read_text()
    assert "postgresql://ann:***@host/db" in log and "?password=***" in log
    assert "ord@" not in log and "hid%" not in log


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:a@b:c/d@h:5/db", "postgresql://u:***@h:5/db"),
        ("mongodb+srv://u:p@h/db?tlsCertificateKeyFilePassword=x&a=b",
         "mongodb+srv://u:***@h/db?tlsCertificateKeyFilePassword=***&a=b"),
        ("odd://u:p@h", "odd://u:***@h"),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
        ("http://host:80/a@b and ssh://git@h:22/x", "http://host:80/a@b and ssh://git@h:22/x"),
    ],
)  # fmt: skip
def test_passwords_are_hidden_in_texts(text: str, expected: str) -> None:
    assert without_passwords(text) == expected


def test_addresses_that_are_none_are_told(labels: Project, run: Shell, tmp_path: Path) -> None:
    cases = {
        "oracle://ann:x@h/db": "no database that labelvc knows is called oracle://",
        "postgresql://ann:x@h": "no database is named",
        "postgresql://ann@h:port/db": "no address of a database",
        "mongodb://localhost:1": "no database is named",
        "sqlite:///:memory:": "no database is named",
        "sqlite:///none.db": "no such file",
        f"postgresql://ann@127.0.0.1:{servers.free_port()}/db": "no server answers there",
        f"mysql://ann@127.0.0.1:{servers.free_port()}/db": "no server answers there",
    }
    for url, expected in cases.items():
        assert expected in run.refused("diff", "train", url), url
    assert not (labels.path / "none.db").exists()
    assert "SET URL" in run.refused("diff", "sqlite:///none.db")
    assert "go with the address" in run.refused("diff", "--prefix", "p")


def test_a_database_without_labels_is_told(labels: Project, run: Shell, place: Place) -> None:
    if place.kind == "sqlite":
        sqlite3.connect(place.url.removeprefix("sqlite:///")).execute("CREATE TABLE x (y)").close()
    for verb in (["diff", "train", place.url], ["import", place.url, "--name", "n"]):
        told = run.refused(*verb)
        assert "no version in table labelvc_version" in told and "labelvc export SET URL" in told
    if place.kind in ("postgresql", "mysql"):
        told = run.refused("diff", "train", place.url.replace("labels_", "none_"))
        assert "no such" in told


def test_tables_of_others_are_left_alone(labels: Project, run: Shell, place: Place) -> None:
    if place.kind == "mongodb":
        place.insert("labels", mine=1)
    else:
        place.run("CREATE TABLE labels (mine INTEGER)")
    told = run.refused("export", "train", place.url)
    assert "labels are there already and are not labelvc's" in told and "--prefix" in told
    assert place.names() == {"labels"}


def test_a_column_of_another_type_is_told(labels: Project, run: Shell, sql_place: Place) -> None:
    run("export", "train", sql_place.url)
    if sql_place.kind == "sqlite":
        sql_place.update("labels", 2, x="far left")
        told = run.refused("diff", "train", sql_place.url)
        assert "table labels, key 2: x: expected a number, found far left" in told
        return
    change = {"postgresql": "ALTER COLUMN x TYPE text", "mysql": "MODIFY x VARCHAR(20)"}
    sql_place.run(f"ALTER TABLE labels {change[sql_place.kind]}")
    told = run.refused("diff", "train", sql_place.url)
    assert "table labels: column x is" in told and "expected a number" in told
    sql_place.run("ALTER TABLE labels DROP COLUMN x")
    assert "table labels has no column x" in run.refused("diff", "train", sql_place.url)
    sql_place.run("DROP TABLE labels")
    assert "no table labels" in run.refused("import", sql_place.url, "--name", "train")


def test_text_that_is_no_utf8_is_told(labels: Project, run: Shell, tmp_path: Path) -> None:
    place = Place("sqlite", f"sqlite:///{tmp_path / 'x.db'}")
    run("export", "train", place.url)
    place.run("UPDATE labels SET annotator = CAST(x'616cff' AS TEXT) WHERE \"key\" = 2")
    told = run.refused("import", place.url, "--name", "train")
    assert "table labels, key 2: annotator: expected UTF-8 text, found the byte 0xff at 2" in told


def test_what_a_database_cannot_hold_is_told(
    labels: Project, run: Shell, postgresql_server: servers.Server
) -> None:
    url = fresh(postgresql_server).url
    changed = labels.read("labels/train.json").replace(b'"dog"', b'"do\\u0000g"')
    labels.write("labels/train.json", changed)
    run("commit", "-m", "NUL", "--no-check")
    told = run.refused("export", "train", url)
    assert "category holds the character NUL" in told
    assert Place("postgresql", url).names() == set()


def test_schemas_hold_label_sets(
    labels: Project, run: Shell, postgresql_server: servers.Server, tmp_path: Path
) -> None:
    url = fresh(postgresql_server).url
    run("export", "train", url, "--schema", "Of Ann")
    run("export", "train", url, "--schema", "of bob", "--prefix", "x_", "--rev", "side")
    assert run("diff", "train", url, "--schema", "Of Ann").out == "No label changes.\n"
    assert "no label set was exported" in run.refused("diff", "train", url)
    told = run.refused("export", "train", f"sqlite:///{tmp_path}/x.db", "--schema", "s")
    assert "SQLite has no schemas" in told


def test_tables_of_another_labelvc(labels: Project, run: Shell, sql_place: Place) -> None:
    run("export", "train", sql_place.url)
    sql_place.run("ALTER TABLE labels DROP COLUMN confidence")
    sql_place.run("ALTER TABLE labelvc_labels DROP COLUMN confidence")
    assert "no column confidence" in run.refused("diff", "train", sql_place.url)
    run("export", "train", sql_place.url, "--force")
    assert run("diff", "train", sql_place.url).out == "No label changes.\n"
    sql_place.run("UPDATE labelvc_version SET version = 2")
    assert "made by a newer labelvc" in run.refused("diff", "train", sql_place.url)


def test_a_file_that_is_no_database_is_told(labels: Project, run: Shell) -> None:
    labels.write("notes.txt", "These are notes and no database at all. " * 40)
    assert "no SQLite database" in run.refused("diff", "train", "sqlite:///notes.txt")
    assert "no SQLite database" in run.refused("export", "train", "sqlite:///notes.txt")
    assert labels.read("notes.txt").startswith(b"These are notes")


def test_a_failed_export_leaves_no_new_file(labels: Project, run: Shell) -> None:
    run.refused("export", "train", "sqlite:///new.db", "--schema", "s")
    run.refused("export", "train", "sqlite:///none/new.db")
    assert not (labels.path / "new.db").exists()
