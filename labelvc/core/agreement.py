"""How far annotators agree on the classes of samples, beyond what chance would bring about.

Both measures are worked out from counts. The libraries' own functions (scikit-learn,
krippendorff), which give the same numbers, take a row a rating and a cube of
samples x classes x classes, which does not fit into memory for 100,000 samples of 77 classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from labelvc.core.stats_bins import rounded

_JOIN = "\x1f"


@dataclass(frozen=True)
class Agreement:
    """Agreement on classes among `annotators`; boxes, spans and transcripts are not compared.

    `samples` were rated by at least two. `kappa` is Cohen's and needs exactly two annotators;
    `alpha` is Krippendorff's, nominal. Both are 1 for full agreement and 0 for as much as chance
    brings about; None where every rating is the same class, as chance then agrees fully too.
    """

    annotators: int
    samples: int
    kappa: float | None
    alpha: float | None


def agreement(labels: pl.DataFrame) -> Agreement | None:
    """From labels of kind class with `sample`, `annotator` and `category`.

    An annotator's rating of a sample is the set of classes given to it. None where fewer than two
    annotators are named.
    """
    ratings = (
        labels.select("sample", "annotator", "category")
        .drop_nulls()
        .unique()
        .sort("category")  # once for all: groups keep the order
        .group_by("sample", "annotator")
        .agg("category")
        .select("sample", "annotator", rating=pl.col("category").list.join(_JOIN))
    )
    annotators = ratings["annotator"].unique().sort()
    if len(annotators) < 2:
        return None
    shared = ratings.filter(pl.len().over("sample") > 1)
    kappa = cohen_kappa(shared, *annotators) if len(annotators) == 2 else None
    samples = shared["sample"].n_unique()
    return Agreement(len(annotators), samples, kappa, krippendorff_alpha(shared))


def cohen_kappa(ratings: pl.DataFrame, one: str, two: str) -> float | None:
    """Cohen's kappa of two annotators over the samples that both rated.

    `ratings` has `sample`, `annotator`, `rating`, one rating by each. (p_o - p_e) / (1 - p_e) with
    p_o the share of equal ratings and p_e that of independent ones (Cohen 1960, A coefficient of
    agreement for nominal scales). None where p_e is 1 or no sample was rated by both.
    """
    first, second = (ratings.filter(pl.col("annotator") == name) for name in (one, two))
    both = first.join(second, on="sample", suffix="_two")
    if both.is_empty():
        return None
    margins = both["rating"].value_counts(name="n").join(
        both["rating_two"].value_counts(name="n"), left_on="rating", right_on="rating_two"
    )  # fmt: skip
    by_chance = int((margins["n"].cast(pl.Int64) * margins["n_right"]).sum()) / both.height**2
    if by_chance == 1:
        return None
    observed = int((both["rating"] == both["rating_two"]).sum()) / both.height
    return rounded((observed - by_chance) / (1 - by_chance))


def krippendorff_alpha(ratings: pl.DataFrame) -> float | None:
    """Krippendorff's alpha for nominal ratings; any number of annotators, gaps allowed.

    `ratings` has `sample` and `rating`. 1 - D_o / D_e (Krippendorff 2011, Computing Krippendorff's
    alpha-reliability, section C). None where all ratings are equal or no sample has two.
    """
    counts = (
        ratings.group_by("sample", "rating")
        .agg(n=pl.len().cast(pl.Int64))
        .with_columns(m=pl.col("n").sum().over("sample"))
        .filter(pl.col("m") > 1)
    )
    pairable = int(counts["n"].sum())
    of_each = counts.group_by("rating").agg(pl.col("n").sum())["n"]
    by_chance = pairable**2 - int((of_each**2).sum())
    if by_chance == 0:
        return None
    differing = counts.select((pl.col("n") * (pl.col("m") - pl.col("n")) / (pl.col("m") - 1)).sum())
    return rounded(1 - differing.item() * (pairable - 1) / by_chance)
