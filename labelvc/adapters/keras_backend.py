"""Keras, on PyTorch where that is all there is: unasked it would look for TensorFlow."""

from __future__ import annotations

import os
from importlib.util import find_spec

if "KERAS_BACKEND" not in os.environ and not find_spec("tensorflow") and find_spec("torch"):
    os.environ["KERAS_BACKEND"] = "torch"

import keras

__all__ = ["keras"]
