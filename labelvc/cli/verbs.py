"""Every verb with its line of help, so that `labelvc --help` imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """`help` is its line in the list; `takes_sets`: `-- SET...` limits it to label sets."""

    help: str
    takes_sets: bool = False


VERBS = {
    "init": Verb("make or complete a Git and DVC repository for labels"),
    "add": Verb("declare a label set and track it with DVC"),
    "status": Verb("tell which label sets have changed", takes_sets=True),
    "diff": Verb("show what changed in the labels", takes_sets=True),
    "apply": Verb("apply a patch of labels to the working tree", takes_sets=True),
    "commit": Verb("check the labels, store them in DVC, commit their pointers", takes_sets=True),
    "check": Verb("tell of problems in the labels", takes_sets=True),
    "report": Verb("write the report of a change, with pictures", takes_sets=True),
    "review": Verb("go through changes or conflicts in a browser", takes_sets=True),
    "convert": Verb("write a label file or folder in another format"),
    "import": Verb("take labels in, from a database or a path"),
    "export": Verb("take a version of a label set out, into a database or to a path"),
    "log": Verb("list the commits that touched labels, with counts", takes_sets=True),
    "blame": Verb("show which commit last changed each label"),
    "show": Verb("show the labels at a revision", takes_sets=True),
    "merge": Verb("merge a branch, and finish or leave a merge"),
    "conflicts": Verb("show what a merge could not decide", takes_sets=True),
    "resolve": Verb("settle what a merge could not decide"),
    "preprocess": Verb("clean, normalise and extract features of samples", takes_sets=True),
    "stats": Verb("count and compare distributions of labels", takes_sets=True),
    "evaluate": Verb("score a model or its predictions on the labels", takes_sets=True),
    "scores": Verb("show scores by label version, and what a change does", takes_sets=True),
    "reproduce": Verb("evaluate again what was evaluated, and compare", takes_sets=True),
    "uninstall": Verb("take out what `labelvc init` put in"),
    "completion": Verb("print the completion script for a shell"),
}
# What Git and labelvc call by themselves; people need not see it in the list.
PLUMBING = {
    "hook": Verb("run by Git hooks: bring label files to their pointers"),
    "merge-driver": Verb("run by `git merge` on pointers: merge the labels they point at"),
    "measure": Verb("run by `labelvc reproduce`: make an evaluation again"),
    "textconv": Verb("run by `git diff` on pointers: print the labels as text"),
}
