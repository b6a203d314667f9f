"""Awkward Pascal VOC label sets."""

from __future__ import annotations

from tests.formats.case import Case

ONE = b"""<?xml version="1.0" encoding="UTF-8"?>
<annotation verified="no">
\t<folder>VOC2007</folder>
\t<filename>a.jpg</filename>
\t<size><width>100</width><height>80.5</height><depth>3</depth></size>
\t<!-- two objects -->
\t<object>
\t\t<name>cat</name>
\t\t<pose>Left</pose>
\t\t<difficult>0</difficult>
\t\t<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>100</xmax><ymax>80</ymax></bndbox>
\t</object>
\t<object>
\t\t<name>dog</name>
\t\t<bndbox>
\t\t\t<ymin>5.25</ymin><xmin>4.0</xmin>
\t\t\t<ymax>7.5</ymax><xmax>6.0</xmax>
\t\t</bndbox>
\t\t<part><name>head</name><bndbox><xmin>4</xmin></bndbox></part>
\t</object>
</annotation>
"""
PLAIN = b"""<annotation>
  <filename>%s</filename>
  <object><name>%s</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>9</ymax></bndbox>
  </object>
</annotation>"""
NOTHING = b"<annotation><filename>empty.png</filename></annotation>\n"
BOX = {"kind": "box", "unit": "pixel"}


CASES = [
    Case(
        "the devkit's layout with splits",
        "voc",
        {
            "Annotations/a.xml": ONE,
            "Annotations/b.xml": PLAIN % (b"b.jpg", b"dog"),
            "Annotations/empty.xml": NOTHING,
            "ImageSets/Main/train.txt": b"a\nmissing\n",
            "ImageSets/Main/trainval.txt": b"a\nb\nmissing\n",
            "ImageSets/Main/cat_train.txt": b"a  1\n",
        },
        [
            {
                **BOX,
                "sample": "a",
                "category": "cat",
                "x": 1.0,
                "y": 2.0,
                "width": 99.0,
                "height": 78.0,
                "attributes": '{"difficult":"0","pose":"Left"}',
            },
            {
                **BOX,
                "sample": "a",
                "category": "dog",
                "x": 4.0,
                "y": 5.25,
                "width": 2.0,
                "height": 2.25,
                "attributes": '{"part":{"bndbox":{"xmin":"4"},"name":"head"}}',
            },
            {**BOX, "sample": "b", "category": "dog", "attributes": None},
        ],
        ["a", "b", "empty"],
        ["cat", "dog"],
        folder=True,
    ),
    Case(
        "pixels counted from one",
        "voc",
        {"a.xml": PLAIN % (b"a.jpg", b"cat"), "b.xml": PLAIN % (b"b.jpg", b"dog")},
        [
            {**BOX, "category": "cat", "x": 0.0, "y": 0.0, "width": 5.0, "height": 9.0},
            {**BOX, "category": "dog", "x": 0.0},
        ],
        ["a", "b"],
        ["cat", "dog"],
        folder=True,
        settings={"coords": "one-based"},
    ),
    Case(
        "other encodings, byte order marks, carriage returns",
        "voc",
        {
            "latin.xml": '<?xml version="1.0" encoding="ISO-8859-1"?>\r\n'.encode("latin-1")
            + (PLAIN.decode() % ("ä.jpg", "Bär")).encode("latin-1"),
            "mark.xml": b"\xef\xbb\xbf" + PLAIN % (b"m.jpg", "Bären".encode()),
            "wide.xml": ("\ufeff" + PLAIN.decode() % ("w.jpg", "熊 & co".replace("&", "&amp;")))
            .replace("\n", "\r\n")
            .encode("utf-16-le"),
        },
        [
            {"sample": "latin", "category": "Bär"},
            {"sample": "mark", "category": "Bären"},
            {"sample": "wide", "category": "熊 & co"},
        ],
        ["latin", "mark", "wide"],
        ["Bär", "Bären", "熊 & co"],
        folder=True,
    ),
    Case(
        "other elements between objects, an object without a box",
        "voc",
        {
            "a.xml": b"<annotation><object><name><![CDATA[a<b]]></name></object>"
            b"<!-- x --><size><width>5</width></size>"
            b"<object id='7'><name> cat </name><polygon><x1>1</x1><y1>2</y1></polygon>"
            b"<bndbox><xmin>-1.5e1</xmin><ymin>0</ymin><xmax>+2</xmax><ymax>.5</ymax>"
            b"<angle>3</angle></bndbox></object></annotation>"
        },
        [
            {"kind": "class", "category": "a<b", "x": None, "unit": None, "attributes": None},
            {
                **BOX,
                "category": "cat",
                "x": -15.0,
                "width": 17.0,
                "height": 0.5,
                "attributes": '{"@id":"7","bndbox":{"angle":"3"},"polygon":{"x1":"1","y1":"2"}}',
            },
        ],
        ["a"],
        ["a<b", "cat"],
        folder=True,
    ),
    Case(
        "roboflow's folders, one name in two splits",
        "voc",
        {
            "train/a.xml": PLAIN % (b"a.jpg", b"cat"),
            "valid/a.xml": PLAIN % (b"a.jpg", b"cat"),
            "valid/b.xml": b"<annotation/>\n",
        },
        [{"sample": "train/a", "category": "cat"}, {"sample": "valid/a", "category": "cat"}],
        ["train/a", "valid/a", "valid/b"],
        ["cat"],
        folder=True,
        sniffed=False,
        settings={"keys": "path"},
    ),
]
