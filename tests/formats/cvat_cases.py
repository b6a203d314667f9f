"""CVAT files that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case

META = """
  <meta>
    <task>
      <id>7</id>
      <name>birds &amp; bees</name>
      <dumped>2026-01-02 03:04:05.678+00:00</dumped>
      <labels>
        <label>
          <name>bird</name>
          <color>#ff0000</color>
          <type>any</type>
          <attributes>
            <attribute>
              <name>pose</name>
              <mutable>False</mutable>
              <input_type>select</input_type>
              <default_value>sitting</default_value>
              <values>sitting
flying</values>
            </attribute>
          </attributes>
        </label>
        <label>
          <name>bee</name>
          <attributes></attributes>
        </label>
      </labels>
    </task>
  </meta>"""
BODY = """
  <meta>
    <project>
      <labels>
        <label>
          <name>body</name>
          <type>skeleton</type>
          <svg>&lt;line x1="1"/&gt;</svg>
        </label>
        <label>
          <name>head</name>
          <type>points</type>
          <parent>body</parent>
        </label>
        <label>
          <name>tail</name>
          <type>points</type>
          <color>#00ff00</color>
          <parent>body</parent>
        </label>
      </labels>
    </project>
  </meta>"""


def text(inside: str) -> str:
    start = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>'
    return f"{start}{inside}\n</annotations>\n"


def case(
    name: str,
    content: str | bytes,
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
    **more: Any,
) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case(name, "cvat", {"annotations.xml": data}, labels, samples, categories, **more)


EVERY_SHAPE = text(
    META
    + """
  <image id="0" name="a b/1.jpg" width="20" height="10">
    <box label="bird" source="manual" occluded="0" xtl="1.10" ytl="2.25" xbr="11.40" ybr="6.75" \
rotation="30.50" z_order="1" group_id="3">
      <attribute name="pose">flying</attribute>
      <attribute name="source">book &lt;1&gt;</attribute>
    </box>
    <polygon label="bird" occluded="1" points="1,2;3.50,4;6,5.0" z_order="0"></polygon>
    <polyline label="bee" occluded="0" points="1.0,2;3,4;5,-6" z_order="0"/>
    <points label="bee" occluded="0" points="1,2;3,4" z_order="2"/>
    <mask label="bird" source="semi-auto" occluded="0" rle="1, 2, 3, 1, 2" left="4" top="2" \
width="3" height="3" z_order="0">
    </mask>
    <ellipse label="bee" cx="10" cy="5" rx="4" ry="2" rotation="90" occluded="0"/>
    <ellipse label="bee" cx="10.00" cy="5.00" rx="4.00" ry="2.00" occluded="0"/>
    <cuboid label="bird" occluded="0" xtl1="1" ytl1="2" xbl1="1" ybl1="6" xtr1="5" ytr1="2" \
xbr1="5" ybr1="6" xtl2="7" ytl2="1" xbl2="7" ybl2="5" xtr2="9" ytr2="1" xbr2="9" ybr2="5"/>
    <tag label="bee" source="manual">
    </tag>
  </image>
  <image id="1" name="empty.jpg" width="20" height="10">
  </image>
  <image id="2" name="also empty.jpg" width="20" height="10"/>"""
)
MASK = '{"mask":{"counts":[44,1,7,1,9,1,137],"size":[10,20]}}'

CASES: list[Case] = [
    case(
        "every shape but the skeleton",
        EVERY_SHAPE,
        [
            {
                "sample": "a b/1.jpg",
                "kind": "box",
                "category": "bird",
                "x": 1.1,
                "y": 2.25,
                "width": 10.3,
                "height": 4.5,
                "attributes": '{"attribute:source":"book <1>","group_id":"3","occluded":"0",'
                '"pose":"flying","rotation":30.5,"source":"manual","z_order":"1"}',
            },
            {"kind": "polygon", "geometry": '{"polygon":[[1.0,2.0,3.5,4.0,6.0,5.0]]}', "x": None},
            {"kind": "polyline", "x": 1.0, "y": -6.0, "width": 4.0, "height": 10.0},
            {"kind": "keypoints", "geometry": '{"keypoints":[[1.0,2.0,2],[3.0,4.0,2]]}'},
            {"kind": "mask", "geometry": MASK},
            {"kind": "ellipse", "geometry": '{"ellipse":[10.0,5.0,4.0,2.0,90.0]}', "width": 4.0},
            {"kind": "ellipse", "geometry": '{"ellipse":[10.0,5.0,4.0,2.0,0.0]}', "width": 8.0},
            {"kind": "cuboid", "x": 1.0, "y": 1.0, "width": 8.0, "height": 5.0},
            {"kind": "class", "category": "bee", "attributes": '{"source":"manual"}'},
        ],
        ["a b/1.jpg", "empty.jpg", "also empty.jpg"],
        ["bird", "bee"],
    ),
    case(
        "skeletons, in the scheme's order, in another, and with points of their own",
        text(
            BODY
            + """
  <image id="0" name="1.jpg" width="20" height="10">
    <skeleton label="body" source="manual" z_order="0">
      <points label="head" source="manual" outside="0" occluded="0" points="1.00,2.00">
      </points>
      <points label="tail" source="manual" outside="0" occluded="1" points="3.00,4.00">
        <attribute name="bent">yes</attribute>
      </points>
      <attribute name="mood">calm</attribute>
    </skeleton>
    <skeleton label="body">
      <points label="tail" outside="1" occluded="1" points="3,4"/>
      <points label="head" outside="0" occluded="0" points="1,2"/>
    </skeleton>
    <skeleton label="body">
      <points label="nose" outside="1" occluded="0" points="3,4"/>
    </skeleton>
  </image>"""
        ),
        [
            {
                "kind": "keypoints",
                "category": "body",
                "geometry": '{"keypoints":[[1.0,2.0,2],[3.0,4.0,1]]}',
                "attributes": '{"mood":"calm","points":{"head":{"source":"manual"},'
                '"tail":{"bent":"yes","source":"manual"}},"source":"manual","z_order":"0"}',
            },
            {
                "geometry": '{"keypoints":[[1.0,2.0,2],[3.0,4.0,0]]}',
                "attributes": '{"points":{"tail":{"occluded":"1"}}}',
            },
            {
                "geometry": '{"keypoints":[[3.0,4.0,0]]}',
                "attributes": '{"keypoints":["nose"]}',
            },
        ],
        ["1.jpg"],
        ["body"],
    ),
    case(
        "subsets with images of the same name, some shapes without a label",
        text(
            """
  <meta/>
  <image height="8" id="0" name="1.jpg" subset="Train" task_id="39" width="8">
    <polyline label="" points="1.0,2;3,4"/>
    <tag/>
  </image>
  <image height="8" id="0" name="1.jpg" subset="Test" task_id="40" width="8"/>
  <image height="8" id="1" name="2.jpg" width="8"><tag label="zoo"/><tag label="ant"/></image>"""
        ),
        [
            {"sample": "Train/1.jpg", "category": None, "kind": "polyline"},
            {"sample": "Train/1.jpg", "category": None, "kind": "class"},
            {"sample": "2.jpg", "category": "zoo"},
            {"sample": "2.jpg", "category": "ant"},
        ],
        ["Train/1.jpg", "Test/1.jpg", "2.jpg"],
        ["ant", "zoo"],
    ),
    case(
        "the subset of a task; comments that look like images; other elements; single quotes",
        text(
            """
  <meta><task><subset>val</subset><labels><label><name>cat</name></label></labels></task></meta>
  <!-- <image id="9" name="old.jpg"><tag label="dog"/></image> -->
  <image id="4" name='it"s &lt;1&gt;.jpg' width="8" height="8" page='2'>
    <!-- no <box> here -->
    <tag label='cat' score="0.5"><attribute name="a">1</attribute><attribute name="a">2</attribute>
    </tag>
    <note by="ann">blurred</note>
  </image>
  <image id="5" name="2.jpg" subset="train"><tag label="cat"/></image>
  <extra/>"""
        ),
        [
            {
                "sample": 'it"s <1>.jpg',
                "category": "cat",
                "attributes": '{"@score":"0.5","a":["1","2"]}',
            },
            {"sample": "2.jpg"},
        ],
        ['it"s <1>.jpg', "2.jpg"],
        ["cat"],
        sniffed=False,
    ),
    case(
        "byte order mark, CRLF, images twice, labels that nothing declares",
        b"\xef\xbb\xbf<annotations>\r\n<version>1.1</version>\r\n<meta><job><labels><label><name>b"
        b"</name></label></labels></job></meta>\r\n"
        b'<image id="0" name="1.jpg" width="4" height="4">\r\n\t<tag label="b"/>\r\n</image>\r\n'
        b'<image id="1" name="2.jpg" width="4" height="4"><tag label="\xc3\xa4"></tag></image>'
        b"\r\n</annotations>",
        [{"sample": "1.jpg", "category": "b"}, {"sample": "2.jpg", "category": "ä"}],
        ["1.jpg", "2.jpg"],
        ["b", "ä"],
    ),
    case(
        "UTF-16, no images",
        "<annotations><version>1.1</version><meta></meta></annotations>".encode("utf-16"),
        [],
        [],
        [],
        sniffed=False,
    ),
    case("nothing at all", "<annotations/>", [], [], [], sniffed=False),
]
