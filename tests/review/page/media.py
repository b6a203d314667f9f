"""Pictures, sounds and texts as the page gets them, made here."""

from __future__ import annotations

import io
import math
import wave
from base64 import b64encode
from typing import Any

from PIL import Image, ImageDraw

WINDOW = [100, 50, 240, 180]


def data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def picture(width: int = 240, height: int = 180) -> str:
    """A picture of two cells."""
    image = Image.new("RGB", (width, height), (233, 214, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 30, 110, 110), fill=(205, 120, 130))
    draw.ellipse((130, 70, 200, 150), fill=(120, 70, 160))
    return _png(image)


def area(at: int) -> str:
    """A mask: transparent but for an ellipse."""
    image = Image.new("RGBA", (240, 180), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((at, 30, at + 80, 110), fill=(0, 0, 0, 255))
    return _png(image)


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return data_uri(buffer.getvalue(), "image/png")


def sound(seconds: float = 1.5, rate: int = 8000) -> str:
    """A falling tone."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        steps = range(int(seconds * rate))
        file.writeframes(bytes(int(128 + 90 * math.sin(at * (0.3 - at / 1e5))) for at in steps))
    return data_uri(buffer.getvalue(), "audio/wav")


def image_evidence(*shapes: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "image",
        "src": picture(),
        "width": 240,
        "height": 180,
        "window": WINDOW,
        "image": [640, 480],
        "shapes": list(shapes),
    }


def box(side: str, category: str | None, x: float = 130) -> dict[str, Any]:
    return {"side": side, "category": category, "box": [x, 80, 80, 80]}


def spans_evidence() -> dict[str, Any]:
    text = "Maria 🎻 lives in Rio de Janeiro and plays there."
    place = text.index("Rio")
    return {
        "type": "text",
        "text": text,
        "marks": [
            {"side": "before", "start": place, "end": place + 3, "category": "PER"},
            {"side": "after", "start": place, "end": place + 14, "category": "LOC"},
        ],
    }


def sound_evidence() -> dict[str, Any]:
    return {
        "type": "audio",
        "src": sound(),
        "duration": 12.5,
        "offset": 4.0,
        "length": 1.5,
        "peaks": [abs(math.sin(at / 9)) * (1 - at / 400) for at in range(300)],
        "marks": [
            {"side": "before", "start": 4.3, "end": 4.9, "category": "speech"},
            {"side": "after", "start": 4.35, "end": 5.2, "category": "speech"},
        ],
        "words": [["same", "the"], ["old", "quik"], ["new", "quick"], ["same", "brown fox"]],
    }


def skeleton_evidence() -> dict[str, Any]:
    points = [[150, 80, 2], [170, 120, 2], [200, 150, 1], [0, 0, 0]]
    moved = [[160, 84, 2], [176, 124, 2], [204, 156, 2], [230, 170, 2]]
    bones = [[0, 1], [1, 2], [2, 3]]
    return image_evidence(
        {"side": "before", "category": "person", "points": points, "skeleton": bones},
        {"side": "after", "category": "person", "points": moved, "skeleton": bones},
    )
