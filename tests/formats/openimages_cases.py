"""Open Images files that readers and writers stumble over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.formats.case import Case

BOXES = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"  # noqa: E501
CLICKS = BOXES.rstrip() + "," + ",".join(f"XClick{n}{axis}" for n in range(1, 5) for axis in "XY")
CLASSES = "ImageID,Source,LabelName,Confidence\n"
IMAGES = "ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,OriginalSize,OriginalMD5,Thumbnail300KURL,Rotation\n"  # noqa: E501
MASKS = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\n"
POINTS = "ImageId,X,Y,Label,EstimatedYesNo,Source,YesVotes,NoVotes,UnsureVotes,TextLabel\n"


def case(
    name: str,
    files: Mapping[str, str | bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: list[str],
    categories: list[str],
    *,
    folder: bool = False,
) -> Case:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return Case(name, "openimages", data, labels, samples, categories, folder=folder)


CASES: list[Case] = [
    case(
        "boxes with every flag, XMin before XMax",
        {
            "train-annotations-bbox.csv": BOXES
            + "000a,xclick,/m/01,1,0.1,0.5,0.2,0.7,1,0,-1,0,1\n"
            + "000a,activemil,/m/02,1,0.012500,0.195312,0.148438,0.587500,0,1,1,0,0\n"
            + "000b,freeform,/m/01,0.7,0,1,0.0,1.0,-1,-1,-1,-1,-1\n"
        },
        [
            {
                "sample": "000a", "kind": "box", "category": "/m/01", "x": 0.1, "y": 0.2,
                "width": 0.4, "height": 0.5, "unit": "fraction", "confidence": 1.0,
                "attributes": '{"IsDepiction":0,"IsGroupOf":-1,"IsInside":1,"IsOccluded":1,'
                '"IsTruncated":0,"Source":"xclick"}',
            },
            {"category": "/m/02", "x": 0.0125, "width": 0.182812, "height": 0.439062},
            {"sample": "000b", "confidence": 0.7, "width": 1.0, "height": 1.0},
        ],
        ["000a", "000b"],
        ["/m/01", "/m/02"],
    ),
    case(
        "V6 boxes with clicks, CRLF, no last line end",
        {
            "oidv6-train-annotations-bbox.csv": (
                CLICKS + "\n"
                "a,xclick,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0,0.3,0.2,0.1,0.45,0.5,0.50,0.25,0.7\n"
                "a,activemil,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0,-1,-1,-1,-1,-1,-1,-1,-1"
            ).replace("\n", "\r\n")
        },
        [
            {
                "attributes": '{"IsDepiction":0,"IsGroupOf":0,"IsInside":0,"IsOccluded":0,'
                '"IsTruncated":0,"Source":"xclick","XClick1X":0.3,"XClick1Y":0.2,"XClick2X":0.1,'
                '"XClick2Y":0.45,"XClick3X":0.5,"XClick3Y":0.5,"XClick4X":0.25,"XClick4Y":0.7}'
            },
            {"x": 0.1},
        ],
        ["a"],
        ["/m/01"],
    ),
    case(
        "image labels of humans: present and absent",
        {
            "validation-annotations-human-imagelabels.csv": CLASSES
            + "a,verification,/m/01,1\na,crowdsource-verification,/m/02,0\nb,verification,/m/01,0\n"
        },
        [
            {"kind": "class", "verdict": "present", "confidence": None, "category": "/m/01"},
            {"verdict": "absent", "confidence": None, "category": "/m/02"},
            {"sample": "b", "verdict": "absent", "attributes": '{"Source":"verification"}'},
        ],
        ["a", "b"],
        ["/m/01", "/m/02"],
    ),
    case(
        "image labels of a machine are confident in part",
        {
            "test-annotations-machine-imagelabels.csv": CLASSES
            + "a,machine,/m/01,0.8\na,machine,/m/02,0\nb,machine,/m/01,1.0\n"
        },
        [
            {"verdict": "present", "confidence": 0.8},
            {"verdict": "present", "confidence": 0.0},
            {"verdict": "present", "confidence": 1.0},
        ],
        ["a", "b"],
        ["/m/01", "/m/02"],
    ),
    case(
        "a folder with names, images, a hierarchy and rotations",
        {
            "class-descriptions-boxable.csv": '/m/01,Cat\n/m/02,"Rays, and skates"\n/m/09,Unused\n',
            "train-annotations-bbox.csv": BOXES
            + "b,xclick,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n"
            + "a,xclick,/m/77,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n",
            "train-annotations-human-imagelabels-boxable.csv": CLASSES + "a,verification,/m/02,0\n",
            "image_ids_and_rotation.csv": IMAGES
            + 'a,train,,,,,An Author,"A title, with a comma",1000,abc==,,0.0\n'
            + "b,train,,,,,,,,,,90\n"
            + "c,test,https://x,,,,Somebody,,12,,,\n",
            "bbox_labels_600_hierarchy.json": '{"LabelName": "/m/0bl9f", "Subcategory": ['
            '{"LabelName": "/m/09", "Subcategory": [{"LabelName": "/m/01"}]}]}',
            "README": "not ours\n",
        },
        [
            {"sample": "b", "category": "Cat"},
            {"sample": "a", "category": "/m/77"},
            {"sample": "a", "category": "Rays, and skates", "verdict": "absent"},
        ],
        ["a", "b", "c"],
        ["Cat", "Rays, and skates", "Unused", "/m/77"],
        folder=True,
    ),
    case(
        "display names that repeat",
        {
            "annotations/oidv7-class-descriptions.csv": "LabelName,DisplayName\n"
            "/m/01,Crane\n/m/02,Crane\n/m/03,Dog\n",
            "annotations/test-annotations-bbox.csv": BOXES
            + "a,xclick,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n"
            + "a,xclick,/m/03,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n",
        },
        [{"category": "/m/01"}, {"category": "/m/03"}],
        ["a"],
        ["/m/01", "/m/02", "/m/03"],
        folder=True,
    ),
    case(
        "masks and points beside boxes of two splits",
        {
            "train-annotations-bbox.csv": BOXES + "a,xclick,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n",
            "validation-annotations-bbox.csv": BOXES
            + "b,xclick,/m/01,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n",
            "train-annotations-object-segmentation.csv": MASKS
            + "a_m01_0123.png,a,/m/01,0123abcd,0.1,0.5,0.2,0.7,0.88541,0.1 0.2 1;0.3 0.4 0\n",
            "train-points.csv": POINTS
            + "a,0.25,0.5,/m/01,yes,ih,3,0,0,Cat\na,0.75,0.5,/m/01,no,cf,0,3,0,Cat\n"
            + "a,0.5,0.125,/m/02,unsure,cf,1,1,1,\n",
        },
        [
            {"sample": "a", "kind": "box"},
            {"kind": "mask", "id": "0123abcd", "x": 0.1, "width": 0.4, "geometry": None},
            {"kind": "keypoints", "geometry": '{"keypoints":[[0.25,0.5,2]]}'},
            {"kind": "keypoints", "verdict": "absent"},
            {
                "kind": "keypoints", "verdict": "present",
                "attributes": '{"EstimatedYesNo":"unsure","NoVotes":1,"Source":"cf",'
                '"UnsureVotes":1,"YesVotes":1}',
            },
            {"sample": "b", "kind": "box"},
        ],
        ["a", "b"],
        ["/m/01", "/m/02"],
        folder=True,
    ),
    case(
        "quotes, blank lines, a byte order mark, further columns",
        {
            "boxes.csv": "\ufeff" + BOXES.rstrip() + ",Note\n"
            '"a",xclick,/m/01,,0.1,0.5,0.2,0.7,0,0,0,0,0,"said ""no"", twice"\n\n'
            "ü,,/m/01,1,0.25,0.75,0.2,0.7,,,,,,\n"
        },
        [
            {"sample": "a", "confidence": None},
            {"sample": "ü", "confidence": 1.0, "attributes": None},
        ],
        ["a", "ü"],
        ["/m/01"],
    ),
]  # fmt: skip
