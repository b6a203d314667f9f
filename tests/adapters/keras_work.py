"""What a test of Keras does in a process of its own, whose backend an environment variable chooses.

`python -m tests.adapters.keras_work PROJECT`: prints what it found as JSON.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from labelvc.core.errors import LabelvcError
from labelvc.keras import LabelSequence


def pets(root: Path) -> LabelSequence:
    return LabelSequence(root, "pets", rev="v1", batch_size=3, image_size=(4, 4), channels=1)


def trained(root: Path) -> tuple[Any, dict[str, float]]:
    """A small model that learns dark from light, saved as net.keras."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    sequence = LabelSequence(
        root, "pets", rev="v1", batch_size=3, image_size=(4, 4), channels=1, shuffle=True
    )
    model.fit(sequence, epochs=30, verbose=0)
    model.save(root / "net.keras")
    return model, model.evaluate(pets(root), verbose=0, return_dict=True)


def batches(root: Path) -> dict[str, Any]:
    sequence = pets(root)
    (first, answers), (second, _) = sequence
    boxes = LabelSequence(root, "cells", batch_size=3, image_size=(12, 16))
    images, targets = boxes[0]
    shuffled = LabelSequence(root, "pets", rev="v1", batch_size=4, image_size=(4, 4), shuffle=True)
    orders = []
    for _ in range(3):
        orders.append(shuffled[0][1].tolist())
        shuffled.on_epoch_end()
    again = pickle.loads(pickle.dumps(sequence))
    workers = LabelSequence(
        root, "pets", rev="v1", batch_size=1, image_size=(4, 4), channels=1, workers=2
    )
    return {
        "shapes": [first.shape, second.shape, images.shape],
        "dtypes": [str(first.dtype), str(answers.dtype)],
        "grey": [float(first[0].mean()), float(first[2].mean())],
        "answers": answers.tolist(),
        "told": [sequence.categories, sequence.samples, sequence.commit, sequence.digest[:3]],
        "boxes": targets["boxes"].tolist(),
        "labels": targets["labels"].tolist(),
        "orders": orders,
        "pickled": bool(np.array_equal(again[0][0], first)),
        "beyond": refusal(lambda: sequence[2]),
        "sizes": refusal(lambda: LabelSequence(root, "sizes")[0]),
        "epoch": len(list(workers)),
    }


def texts(root: Path) -> list[Any]:
    """What a model learns of texts: of their words on TensorFlow, of their lengths elsewhere."""
    inside = keras.backend.backend() == "tensorflow"
    sequence = LabelSequence(root, "reviews", transform=None if inside else lengths)
    if inside:
        start = keras.Input((), dtype="string")
        given = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["good", "bad"])(
            start
        )
    else:
        start = given = keras.Input((1,))
    model = keras.Model(start, keras.layers.Dense(2, activation="softmax")(given))
    model.compile(keras.optimizers.Adam(0.1), loss="sparse_categorical_crossentropy")
    model.fit(sequence, epochs=60, verbose=0)
    return model.predict(sequence, verbose=0).argmax(axis=1).tolist()


def lengths(media: Any) -> Any:
    return np.array([[len(text) - 6.5] for text in media], dtype=np.float32)


def refusal(do: Any) -> str:
    try:
        do()
    except (LabelvcError, IndexError) as error:
        return str(error)
    return "nothing"


if __name__ == "__main__":
    home = Path(sys.argv[1])
    told = batches(home)
    model, told["evaluated"] = trained(home)
    told["predicted"] = model.predict(pets(home), verbose=0).argmax(axis=1).tolist()
    told["texts"] = texts(home)
    told["backend"] = keras.backend.backend()
    print(json.dumps(told))
