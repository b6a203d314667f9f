"""docs/cli.md, made of the help texts: `python -m labelvc.cli.manual > docs/cli.md`."""

from __future__ import annotations

from labelvc.cli.parser import top_parser, verb_parser
from labelvc.cli.verbs import PLUMBING, VERBS

HEAD = """\
# The command line

Made by `python -m labelvc.cli.manual > docs/cli.md`; a test compares it.

Exit codes: 0 fine; 1 found something (differences with `--exit-code`, nothing to commit); 2 trouble
you can mend, told in one message; 3 a bug, whose traceback is in `crash.log` in Git's own folder
(`.git/labelvc/`); 130 interrupted. The answer goes to stdout, remarks and errors to stderr.
"""


def manual() -> str:
    """The page: the program's help, then each verb's."""
    pages = [("labelvc", top_parser())]
    pages += [(f"labelvc {name}", verb_parser(name)) for name in VERBS | PLUMBING]
    texts = [f"## {title}\n\n```text\n{parser.format_help()}```\n" for title, parser in pages]
    return "\n".join([HEAD, *texts])


if __name__ == "__main__":
    print(manual(), end="")
