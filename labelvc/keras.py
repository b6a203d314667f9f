"""Label sets for Keras 3; needs `pip install 'labelvc[keras]'`. See docs/frameworks.md."""

try:
    from labelvc.adapters.keras import LabelSequence
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "keras":
        raise
    raise ImportError(
        "labelvc.keras needs Keras, which is not installed: pip install 'labelvc[keras]'"
    ) from error

__all__ = ["LabelSequence"]
