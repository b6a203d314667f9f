from labelvc.core.sample_texts import sample_texts
from labelvc.core.snapshot import Snapshot, samples_frame
from tests.report.build import box, label, label_rows


def test_texts_of_changed_classes_and_spans_alone():
    before = Snapshot(samples=samples_frame(sample=["a", "b", "gone"], text=["old", "b", "was"]))
    after = Snapshot(samples=samples_frame(sample=["a", "b", "c"], text=["new", "b", None]))
    span, kind = {"kind": "span"}, {"kind": "class"}
    changes = label_rows(
        [
            label("a", "retimed", span, span),
            label("b", "moved", box("x", 1, 1, 1, 1), box("x", 2, 1, 1, 1)),
            label("c", "added", None, kind),
            label("gone", "removed", kind),
        ]
    )
    assert sample_texts(changes, before, after) == {"a": "new", "gone": "was"}
    assert sample_texts(changes.head(0), before, after) == {}
