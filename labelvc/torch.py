"""Label sets as PyTorch data sets; needs `pip install 'labelvc[eval]'`. See docs/loaders.md."""

try:
    from labelvc.adapters.torch import LabelDataset, Padded, collate
    from labelvc.adapters.torch_samplers import (
        AnnotatorSampler,
        ChangedSinceSampler,
        ClassBalancedSampler,
    )
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "torch":
        raise
    raise ImportError(
        "labelvc.torch needs PyTorch, which is not installed: pip install 'labelvc[eval]'"
    ) from error

__all__ = [
    "AnnotatorSampler",
    "ChangedSinceSampler",
    "ClassBalancedSampler",
    "LabelDataset",
    "Padded",
    "collate",
]
