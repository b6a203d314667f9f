"""The diffs that the golden reports tell, by name."""

from labelvc.core.comparison import End
from tests.report.build import box, comparison, diff, label, sample

RING = '{"polygon":[[0.0,0.0,9.0,0.0,9.0,9.0]]}'
WIDER = '{"polygon":[[0.0,0.0,9.0,0.0,9.0,9.0,4.0,12.0]]}'


def blood():
    """Boxes: one of every kind of change."""
    wbc, rbc = box("WBC", 1, 2, 30, 20, "17"), box("RBC", 2, 2, 30, 20, "18")
    changes = [
        label("BloodImage_00001.jpg", "relabelled moved", wbc, rbc, iou=0.9355, shift=1.0,
              matched_by="overlap"),
        label("BloodImage_00001.jpg", "added", None, box("RBC", 100.25, 12, 41, 40, "4902")),
        label("BloodImage_00001.jpg", "moved", box("RBC", 5, 5, 40, 40, "20"),
              box("RBC", 8, 6, 40.5, 40, "20"), iou=0.87, shift=3.4004, matched_by="id"),
        label("BloodImage_00002.jpg", "removed", box("Platelets", 0, 0, 12, 12, "33")),
        label("BloodImage_00002.jpg", "relabelled", box("WBC", 9, 9, 90, 90, "34"),
              box("RBC", 9, 9, 90, 90, "34"), matched_by="id", iou=1.0),
        label("BloodImage_00002.jpg", "relabelled attributes",
              box("RBC", 9, 9, 90, 90, "35", attributes='{"difficult":0,"note":"old"}'),
              box("Platelets", 9, 9, 90, 90, "35", attributes='{"difficult":1,"truncated":true}'),
              matched_by="id", iou=1.0),
        label("BloodImage_00007.jpg", "verdict annotator confidence",
              box("WBC", 3, 3, 5, 5, "40", annotator="anna", confidence=0.5),
              box("WBC", 3, 3, 5, 5, "40", annotator="ben", verdict="rejected", confidence=0.75),
              matched_by="id", iou=1.0),
    ]  # fmt: skip
    samples = [
        sample("BloodImage_00400.jpg", "added", None, {"path": "BloodImage_00400.jpg"}),
        sample("BloodImage_00401.jpg", "renamed", {"path": "old/1.jpg"}, {"path": "new/1.jpg"}),
        sample("BloodImage_00402.jpg", "resplit", {"split": "train"}, {"split": "val"}),
    ]
    taxonomy = [
        ("renamed", "Plastic Film", "Plastic film"),
        ("added", None, "Reticulocytes"),
        ("renumbered", "RBC", "RBC", ("1", "2")),
    ]
    return diff(
        comparison(
            changes, samples, taxonomy,
            totals={"RBC": (4155, 4168), "WBC": (372, 358), "Platelets": (361, 361)},
            matched_by={"id": 4865, "content": 0, "overlap": 22},
        ),
        unchanged=("val", "test"),
    )  # fmt: skip


def names():
    """A YOLO names list in another order, and attributes on everything; more than eight names."""
    changes = [
        label(f"{at:06}", "relabelled", *(
            {"kind": "box", "category": f"class-{(at + step) % 9}", "unit": "fraction",
             "x": 0.25, "y": 0.5, "width": 0.125, "height": 0.25}
            for step in (0, 1)
        ), matched_by="place", iou=1.0)
        for at in range(40)
    ] + [
        label(f"{at:06}", "attributes",
              {"kind": "box", "category": "class-1", "unit": "fraction"},
              {"kind": "box", "category": "class-1", "unit": "fraction",
               "attributes": f'{{"mturk_status":"approved","score":{at}}}'},
              matched_by="content")
        for at in range(40, 80)
    ]  # fmt: skip
    return diff(
        comparison(
            sorted(changes, key=lambda row: row["sample"]),
            totals={f"class-{at}": (20 + at, 20 + (at + 1) % 9) for at in range(9)},
            name="yolo", path="labels", format="yolo", sample_key=None, matched_by={"content": 80},
            notes=[
                "warning: data.yaml lists its names in another order while the label files stay "
                "as they were: 40 labels mean another category now",
                "the files differ in line endings too",
            ],
        )
    )  # fmt: skip


def texts():
    """Spans, transcripts, captions and classes of texts."""
    text = "Angela Merkel met the press in Berlin on Tuesday."
    span = {"kind": "span", "unit": "character"}
    person = {**span, "category": "PER", "start": 0.0, "end": 6.0}
    place = {**span, "category": "ORG", "start": 31.0, "end": 37.0}
    segment = {"kind": "segment", "unit": "second", "category": "speech", "start": 1.5}
    spoken = "so what we have here is a fairly long transcript of a talk that nobody edited at all"
    spans = comparison(
        [
            label("doc-1", "retimed", person, {**person, "end": 13.0}, iou=0.46,
                  matched_by="overlap"),
            label("doc-1", "relabelled", place, {**place, "category": "LOC"},
                  matched_by="place"),
            label("doc-1", "added", None, {**span, "category": "DATE", "start": 41.0, "end": 48.0}),
            label("doc-2", "relabelled", {"kind": "class", "category": "card_arrival"},
                  {"kind": "class", "category": "card_linking"}, matched_by="sole"),
        ],
        [sample("doc-9", "media", {"text": "a  cat sat"}, {"text": "a cat sits"})],
        name="ner", path="ner.jsonl", format="spans",
        texts={"doc-1": text, "doc-2": "Where is it?"},
        totals={"PER": (1, 1), "ORG": (1, 0), "LOC": (0, 1), "DATE": (0, 1)},
    )  # fmt: skip
    speech = comparison(
        [
            label("a.wav", "retimed", {**segment, "end": 2.25}, {**segment, "end": 2.5}),
            label("b.wav", "edited", {"kind": "text", "text": f"{spoken} yes"},
                  {"kind": "text", "text": f"{spoken.replace('long', 'short')} ja"}),
            label("c.wav", "edited", {"kind": "text", "text": "hello world"},
                  {"kind": "text", "text": "Hello, world."}),
            label("d.wav", "removed", {"kind": "text", "text": "nothing"}),
        ],
        name="speech", path="speech.json", format="nemo", matched_by={"sole": 2},
    )  # fmt: skip
    return diff(spans, speech, before=End("v1", "1" * 40), after=End("v2", "2" * 40))


def shapes():
    """Outlines, masks and keypoints, in many categories of which most are unchanged."""
    outline = box("bottle", 0, 0, 9, 9, "a1", kind="polygon", geometry=RING)
    wider = {**outline, "geometry": WIDER, "height": 12.0}
    mask = {"kind": "mask", "geometry": '{"mask":{"counts":"PPYo0","size":[4,4]}}'}
    keypoints = {"kind": "keypoints", "geometry": '{"keypoints":[[1.0,2.0,2],[3.0,4.0,1]]}'}
    samples = [
        sample(f"new/{at}.jpg", "renamed", {"path": f"old/{at}.jpg"}, {"path": f"new/{at}.jpg"})
        for at in range(2293)
    ]
    return diff(
        comparison(
            [
                label("0.jpg", "moved reshaped", outline, wider, iou=0.75, shift=1.5),
                label("0.jpg", "added", None, {**mask, "category": "can"}),
                label("1.jpg", "added", None, {**keypoints, "category": "person"}),
                label("1.jpg", "reshaped", box("can", 0, 0, 9, 9), {**outline, "category": "can"},
                      iou=0.5),
            ],
            samples,
            totals={"bottle": (5, 5), "can": (3, 4), "person": (None, 1), "cup": (2, None)},
            notes=["samples are told apart by coco_url: file names disagree for 2,293 of 2,293"],
        )
    )  # fmt: skip


def nothing():
    """No change that means anything, with a remark."""
    same = comparison(notes=["written anew: only white space and order differ"])
    return diff(same, unchanged=("val",))


HOSTILE = "\x1b[31mred\x07\n| `x` <img src=x> @all https://evil.example \u202egpj.exe [a](b) $1$"


def hostile():
    """Names and texts that would do harm if they were shown as they are."""
    attributes = '{"a\\u001b[0m|b":"\\u202e<script>"}'
    return diff(
        comparison(
            [
                label(HOSTILE, "relabelled", box(HOSTILE, 1, 1, 1, 1, HOSTILE),
                      box(f"{HOSTILE} ", 1, 1, 1, 1, HOSTILE)),
                label(HOSTILE, "edited", {"kind": "text", "text": HOSTILE},
                      {"kind": "text", "text": f"{HOSTILE} {HOSTILE}"}),
                label(HOSTILE, "attributes annotator", box("b", 1, 1, 1, 1),
                      box("b", 1, 1, 1, 1, attributes=attributes, annotator=HOSTILE)),
            ],
            [sample(HOSTILE, "added"), sample("m", "media", {"text": HOSTILE}, {"text": "x"})],
            [("renamed", HOSTILE, "x"), ("renumbered", HOSTILE, HOSTILE, (HOSTILE, "2"))],
            totals={HOSTILE: (1, 2)},
            name=HOSTILE, path=f"labels/{HOSTILE}", notes=[f"warning: {HOSTILE}"],
        ),
        before=End(HOSTILE, "9" * 40),
        unchanged=(HOSTILE,),
    )  # fmt: skip


CASES = {case.__name__: case for case in (blood, names, texts, shapes, nothing, hostile)}
