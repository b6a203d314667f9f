"""Label sets for TensorFlow; needs `pip install 'labelvc[tensorflow]'`. See docs/frameworks.md."""

try:
    from labelvc.adapters.tensorflow import dataset
    from labelvc.adapters.tensorflow_records import write_tfrecords
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "tensorflow":
        raise
    raise ImportError(
        "labelvc.tensorflow needs TensorFlow, which is not installed: "
        "pip install 'labelvc[tensorflow]'"
    ) from error

__all__ = ["dataset", "write_tfrecords"]
