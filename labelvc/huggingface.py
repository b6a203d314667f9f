"""Label sets as data sets of Hugging Face; needs `pip install 'labelvc[huggingface]'`.

See docs/frameworks.md.
"""

try:
    from labelvc.adapters.huggingface import dataset, dataset_dict
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "datasets":
        raise
    raise ImportError(
        "labelvc.huggingface needs datasets, which is not installed: "
        "pip install 'labelvc[huggingface]'"
    ) from error

__all__ = ["dataset", "dataset_dict"]
