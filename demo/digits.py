"""labelvc at work on 1,797 handwritten digits, in a scratch repository.

The images are scikit-learn's; a weak model labels them, and two commits correct what it got wrong.
Models are scored on the labels before and after, a report of the change is written, and the first
score is had again. Two people correct labels on two branches, which are merged; a third edits them
in a database; and they leave in other formats. Run by `make demo`. Everything happens in one new
folder, whose place is printed at the end.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

BIN = Path(sys.executable).parent
BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
LABELS = "labels/digits.csv"
WEAK = "weak.csv"
RUNS = (
    'import mlflow; mlflow.set_tracking_uri("sqlite:///mlflow.db"); '
    "runs = mlflow.search_runs(search_all_experiments=True); "
    'names = ["tags.mlflow.runName", "metrics.accuracy", "metrics.f1_macro"]; '
    "print(runs[names].to_string(index=False))"
)


EDIT = (
    'import sqlite3; db = sqlite3.connect("digits.db"); '
    'change = "UPDATE labels SET category = ? WHERE sample = ?"; '
    'db.executemany(change, [("9", "digit_0100.png"), ("7", "digit_0200.png")]); db.commit()'
)
LOAD = (
    "import labelvc.frames; "
    'labels = labelvc.frames.load(".", "digits", rev="before"); '
    'print(labels.digest); print(labels.to_pandas()["labels"][["sample", "category"]].head(3))'
)


def main() -> None:
    """Play the demo."""
    root = Path(tempfile.mkdtemp(prefix="labelvc-demo-"))
    digits = load_digits()
    names = [f"digit_{number:04d}.png" for number in range(len(digits.images))]
    truth = [str(label) for label in digits.target]

    say("A repository for labels: Git, DVC and labelvc side by side.")
    run(root, "labelvc init")
    identity(root)

    say("1,797 images of handwritten digits, tracked by DVC, labelled by a model that saw only 40.")
    write_images(root, digits.images, names)
    run(root, "dvc add --quiet images")
    run(root, "git add --all")
    run(root, 'git commit --quiet -m "Track the images"')
    guesses = weak_labels(digits.data, digits.target)
    write_labels(root, names, guesses)
    (root / WEAK).write_bytes((root / LABELS).read_bytes())
    run(root, f"labelvc add {LABELS} --media images --task image-classification")
    run(root, 'labelvc commit -m "Pre-fill labels with a weak model"')

    say("The pipeline: clean and count, train a small network, score it on held-out digits.")
    run(root, "dvc repro --quiet")
    say("The weak model is scored too, by its predictions. (It made the labels, so it looks good.)")
    run(root, f"labelvc evaluate digits --predictions {WEAK} --name weak --quiet")
    run(root, "git add --all")
    run(root, 'git commit --quiet -m "Scores on the first labels"')
    run(root, "git tag before")

    say("An annotator corrects the first half. What changed?")
    half = len(names) // 2
    write_labels(root, names, truth[:half] + guesses[half:])
    run(root, "labelvc status")
    run(root, "labelvc diff --limit 8")
    run(root, 'labelvc commit -m "Correct the first half"')

    say("Then the second half.")
    write_labels(root, names, truth)
    run(root, "labelvc diff --stat")
    run(root, 'labelvc commit -m "Correct the second half"')

    say("The history tells what each commit did to the labels,")
    run(root, "labelvc log")
    say("any two versions can be compared,")
    run(root, "labelvc diff HEAD~2 HEAD --stat")
    say("and one sample followed through all of them.")
    run(root, f"labelvc log --sample {corrected(names, guesses, truth)}")
    say("Plain Git tells the story too: the counts stand in the pointer DVC keeps in Git.")
    run(root, f"git diff --no-textconv HEAD~1 -- {LABELS}.dvc")

    say("The scores on the corrected labels, and what the correction did to the metrics.")
    run(root, "dvc repro --quiet")
    run(root, f"labelvc evaluate digits --predictions {WEAK} --name weak --quiet")
    run(root, "git add --all")
    run(root, 'git commit --quiet -m "Scores on the corrected labels"')
    run(root, "dvc metrics diff before --targets metrics/digits/evaluate/scores.json")
    say("Every score names its labels,")
    run(root, "labelvc scores")
    say("and MLflow has one run for each model and label version.")
    run(root, f"python -c '{RUNS}'")
    say("What did the correction do to models we had? Their kept predictions are scored again.")
    run(root, "labelvc scores before HEAD")
    report(root)
    say("And the first score can be had again: that commit, its labels, trained anew.")
    run(root, "labelvc reproduce before")
    merge_two_branches(root, names, truth)
    edit_in_a_database(root)
    take_elsewhere(root)
    print(f"\nThe repository is at {root}, its report at {root}-report; look around, delete both.")


def report(root: Path) -> None:
    """What a reviewer of the correction sees."""
    say("A reviewer gets all of it on one page, with pictures; CI posts the short form.")
    folder = Path(f"{root}-report")
    run(root, f"labelvc report before...HEAD -o {folder}")
    print(f"\nOpen {folder / 'report.html'} in a browser; `labelvc review before...HEAD` is the")
    print("same page with accept and reject.")


def merge_two_branches(root: Path, names: list[str], truth: list[str]) -> None:
    """Two annotators work on branches of their own; one image they read differently."""
    say("Two annotators go on at once, each on a branch. Ann finds two images hard to read,")
    run(root, "git checkout --quiet -b ann")
    write_labels(root, names, with_opinions(truth, {5: "9", 37: "8"}))
    run(root, 'labelvc commit -m "Second look, by Ann"')
    say("Bob two others, and one of Ann's, which he takes for something else.")
    run(root, "git checkout --quiet -b bob main")
    write_labels(root, names, with_opinions(truth, {69: "1", 129: "3", 37: "3"}))
    run(root, 'labelvc commit -m "Second look, by Bob"')
    say("`git merge` puts both together, label by label; DVC alone would refuse.")
    run(root, "git checkout --quiet main")
    run(root, "git merge --quiet ann")
    run(root, "git merge bob", status=1)
    say("One label is left, and nothing can be committed until it is settled.")
    run(root, "labelvc conflicts")
    run(root, "labelvc resolve digit_0037.png --with theirs")
    run(root, "labelvc merge --continue")
    run(root, "labelvc status")
    run(root, "labelvc diff HEAD^1 HEAD")


def edit_in_a_database(root: Path) -> None:
    """Corrections made with SQL come back as what they are: changes of some labels."""
    say("An application of yours keeps labels in a database? Lay a version down there,")
    (root / ".git" / "info" / "exclude").open("a").write("digits.db\n*.jsonl\n")
    run(root, "labelvc export digits sqlite:///digits.db")
    say("let people edit rows (here, two of them with SQL),")
    run(root, f"python -c '{EDIT}'")
    say("see what they did, and commit just that.")
    run(root, "labelvc diff digits sqlite:///digits.db")
    run(root, 'labelvc import sqlite:///digits.db --name digits -m "Corrections by the app"')


def take_elsewhere(root: Path) -> None:
    """Other formats, a description for data catalogues, and a pinned version in Python."""
    say("Labels go to other tools in their formats; what one cannot hold is told first.")
    run(root, f"labelvc convert {LABELS} prodigy.jsonl --to prodigy")
    run(root, "head -n 2 prodigy.jsonl")
    say("And into training code, pinned to a version: torch, TensorFlow, Keras, pandas, ...")
    run(root, f"python -c '{LOAD}'")


def with_opinions(truth: list[str], opinions: dict[int, str]) -> list[str]:
    """The labels with somebody's own for some images, by number."""
    return [opinions.get(number, label) for number, label in enumerate(truth)]


def say(what: str) -> None:
    """A line of narration."""
    print(f"\n{BOLD}# {what}{PLAIN}", flush=True)


def run(root: Path, command: str, status: int = 0) -> None:
    """Show a command and what it prints; stop where it ends otherwise than expected."""
    print(f"\n{BOLD}$ {command}{PLAIN}", flush=True)
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GIT_PAGER": "cat", "LABELVC_PAGER": "cat"}
    done = subprocess.run(command, shell=True, cwd=root, env=environment)  # noqa: S602
    if done.returncode != status:
        raise SystemExit(f"{command}: ended with {done.returncode}")


def identity(root: Path) -> None:
    """A name for the commits and for the first branch, in this repository only."""
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], cwd=root, check=True)
    for name, value in (("user.name", "Demo"), ("user.email", "demo@example.org")):
        subprocess.run(["git", "config", name, value], cwd=root, check=True)


def write_images(root: Path, images: np.ndarray, names: list[str]) -> None:
    """The digits (8 x 8, 17 grey levels) as PNG files four times as large."""
    (root / "images").mkdir()
    for name, image in zip(names, images, strict=True):
        grey = (image * 255 / 16).astype(np.uint8)
        Image.fromarray(grey).resize((32, 32)).save(root / "images" / name)


def write_labels(root: Path, names: list[str], labels: list[str]) -> None:
    """The label file: one row an image."""
    path = root / LABELS
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "label"])
        rows.writerows(zip(names, labels, strict=True))


def weak_labels(data: np.ndarray, truth: np.ndarray) -> list[str]:
    """What a model trained on the first 40 digits takes all of them for."""
    model = LogisticRegression(max_iter=1000).fit(data[:40], truth[:40])
    return [str(label) for label in model.predict(data)]


def corrected(names: list[str], guesses: list[str], truth: list[str]) -> str:
    """The first image whose label the annotator changed."""
    return next(
        name for name, guess, label in zip(names, guesses, truth, strict=True) if guess != label
    )


if __name__ == "__main__":
    main()
