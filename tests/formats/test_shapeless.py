"""Labels that say they are shapes and have none, as a foreign program may leave them."""

from __future__ import annotations

import pytest

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats import registry

SHAPES = ("polygon", "mask", "keypoints", "polyline", "ellipse", "cuboid")


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(
    "name", [name for name, fmt in registry.FORMATS.items() if fmt.CARRIES.writable]
)
def test_a_shape_without_its_geometry_is_refused_in_one_message(name: str, kind: str) -> None:
    labels = labels_frame(sample=["a.jpg"], kind=[kind], category=["cat"], unit=["pixel"])
    samples = samples_frame(sample=["a.jpg"], path=["a.jpg"], width=[64.0], height=[48.0])
    snapshot = Snapshot(labels, samples, categories_frame(["cat"]))
    with pytest.raises(LossError):
        registry.FORMATS[name].write(snapshot, {})
