from labelvc.core.tally import Tally
from labelvc.core.told import LogEntry, ShowSet, ShowTable, StatusRow
from labelvc.report.escape import cells
from labelvc.report.terminal import render_log, render_show, render_status
from tests.report.cases import HOSTILE
from tests.report.test_json import LOG, STATUS, example_show
from tests.report.test_terminal import COLOUR, UNSEEN


def test_status():
    rows = [*STATUS, StatusRow("test", "t.csv", "unchanged", counts={})]
    assert render_status(rows) == (
        "train  labels/train.json  changed  +1 ~1 (moved 1)\n"
        "val    labels/val.json    not in cache  dvc pull labels/val.json\n"
        "test   t.csv              unchanged\n"
    )
    assert render_status([]) == "No label sets; labelvc add PATH declares one.\n"


def test_log():
    assert render_log([*LOG, *LOG]).startswith(
        "9fceb02d0  2026-11-23 15:17  Anna Berg\n"
        "  Correct the second batch\n"
        "    train  +14 -3 ~312 (relabelled 290, moved 22)\n"
        "\n"
        "9fceb02d0"
    )
    assert render_log([]) == "No commits that touch labels.\n"


def test_show():
    assert render_show(example_show()) == (
        "train  labels/train.json (coco)  at main (9fceb02d0)\n"
        "  2 labels, 2 samples\n"
        "\n"
        "  Labels per category\n"
        "    category  labels\n"
        "    RBC            1\n"
        "    WBC            1\n"
        "\n"
        "  Labels\n"
        "    1.jpg\n"
        "      17  box      WBC at 1, 2.5, size 30 x 20, iscrowd 0\n"
        "    2.jpg\n"
        "      18  polygon  RBC at 0, 0, size 9 x 9, 3 points\n"
    )
    assert "1.jpg" not in render_show(example_show(), stat=True)
    assert "... and 1 more; labelvc show --json has all" in render_show(example_show(), limit=1)
    assert render_show(ShowTable(None, None)) == "No label sets.\n"


def test_show_from_counts_alone():
    one = ShowSet("t", "yolo", Tally(3, 1000, {f"c{at}": at for at in range(30)}))
    told = render_show(ShowTable(None, None, {"t": one}))
    assert told.startswith("t (yolo)  at working tree\n  1,000 labels, 3 samples\n")
    assert "... and 10 more categories" in told


def test_strange_names_do_no_harm_and_fit():
    status = [StatusRow(HOSTILE, HOSTILE, "missing", HOSTILE)]
    log = [LogEntry("a" * 40, HOSTILE, "2026-11-23T15:17:50+01:00", HOSTILE, {HOSTILE: HOSTILE})]
    shown = ShowTable(HOSTILE, None, {HOSTILE: ShowSet(HOSTILE, None, Tally(1, 1, {HOSTILE: 1}))})
    for render, what in ((render_status, status), (render_log, log), (render_show, shown)):
        told = render(what, width=80)
        assert not UNSEEN.search(told)
        assert max(cells(line) for line in told.splitlines()) <= 80
        assert COLOUR.sub("", render(what, width=80, color=True)) == told


def test_the_narrowest_terminal_ends_too():
    for width in (0, 1, 10):
        assert render_status(STATUS, width=width)
        assert render_log(LOG, width=width)
        assert render_show(example_show(), width=width)
