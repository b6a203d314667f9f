"""Scores of transcripts: error rates of words, characters and whole sentences.

Words and characters are cut and aligned as jiwer does (`jiwer.process_words` and
`process_characters` with their default transforms): words stand between spaces, white space at the
ends does not count. What else may count as equal is for a normaliser to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from labelvc.core.errors import LabelvcError
from labelvc.core.progress import counted
from labelvc.core.score_scope import Scope, votes
from labelvc.core.score_sums import once, ratio
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

_SPACES = re.compile(r"\s\s+")


def _basic(text: str) -> str:
    """Lower case, compatibility forms; marks, symbols and punctuation are spaces.

    So has it Whisper's normaliser for any language (Radford et al. 2022, appendix C).
    """
    folded = unicodedata.normalize("NFKC", text.lower())
    kept = (" " if unicodedata.category(char)[0] in "MSP" else char for char in folded)
    return " ".join("".join(kept).split())


# What is done to both sides before they are compared.
NORMALISERS: Mapping[str, Callable[[str], str]] = {"none": str, "basic": _basic}

# Errors in words, words, words aligned; errors in characters, characters; sentences wrong.
Counts = tuple[int, int, int, int, int, int]


def score_texts(scope: Scope, normalise: str = "none") -> Scored:
    """Word, character, match and sentence error rates, each over the whole corpus.

    A sample without prediction counts as an empty text; `normalise` is one of NORMALISERS. Raises
    LabelvcError where no sample has a transcript, and for a normaliser that there is not.
    """
    if normalise not in NORMALISERS:
        known = ", ".join(NORMALISERS)
        raise LabelvcError(f"no such normaliser of texts: {normalise}", hint=f"There are: {known}.")
    plain = NORMALISERS[normalise]
    written, spoken = (votes(side, "text") for side in (scope.truth, scope.predicted))
    truth = written.winners().select("at", "text")
    if truth.is_empty():
        raise scope.nothing("transcript")
    heard = dict(spoken.winners().select("at", "text").iter_rows())
    at = truth["at"].to_numpy()
    pairs = [(plain(text), plain(heard.get(place, ""))) for place, text in truth.iter_rows()]
    scope.count("annotators_disagree", written.disagreeing())
    scope.count("missing_predictions", sum(place not in heard for place in truth["at"]))
    scope.count("unlabelled_samples", int((np.delete(scope.rows, at) >= 0).sum()))
    scope.count("empty_references", sum(not text.strip() for text, _ in pairs))
    counts = np.array(
        [_compared(text, said) for text, said in counted(pairs, "aligning")],
        dtype=np.float64,
    )

    def under(weights: Floats) -> Mapping[str, Floats]:
        return _rates(weights @ counts, weights.sum(axis=1))

    return Scored(
        headline="wer",
        metrics=once(under(np.ones((1, len(pairs))))),
        samples=scope.samples["sample"].gather(at),
        units=np.arange(len(pairs)),
        unit_count=len(pairs),
        under=under,
        lower_is_better=True,
        warnings=scope.warnings,
    )


def _rates(sums: Floats, number: Floats) -> dict[str, Floats]:
    """From sums of shape (draws, counted); against nothing, each insertion is a whole error."""
    edits, words, aligned, slips, characters, wrong = sums.T
    return {
        "wer": edits / np.maximum(words, 1),
        "cer": slips / np.maximum(characters, 1),
        "mer": ratio(edits, aligned),
        "ser": ratio(wrong, number),
    }


def _compared(reference: str, hypothesis: str) -> Counts:
    """The counts of one sample; a sentence is wrong where a word of it is."""
    # what jiwer aligns with and brings along
    from rapidfuzz.distance import Levenshtein

    one, two = _words(reference), _words(hypothesis)
    number: dict[str, int] = {}
    codes = [[number.setdefault(word, len(number)) for word in side] for side in (one, two)]
    steps = Levenshtein.editops(*codes)
    inserted = sum(step.tag == "insert" for step in steps)
    reference, hypothesis = reference.strip(), hypothesis.strip()
    slips = Levenshtein.distance(reference, hypothesis)
    return len(steps), len(one), len(one) + inserted, slips, len(reference), one != two


def _words(text: str) -> Sequence[str]:
    return [word for word in _SPACES.sub(" ", text).strip().split(" ") if word]
