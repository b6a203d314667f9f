"""Writes docs/api.md from the code, without importing it: python -m tests.docs.api_page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "labelvc"
PAGE = PACKAGE.parent / "docs" / "api.md"
WIDTH = 88

INTRODUCTION = """\
# Python

What programs may build on; whatever is not on this page may change from version to version. The
page is made from the code by `python -m tests.docs.api_page`; a test compares it.

Units and conventions are those of [labels as data](design/data-model.md): boxes from the top left
corner, counted from 0; ends of spans and segments exclusive; characters are Unicode code points.
"""
# Beside the modules right under `labelvc`: what programs, formats and models of one's own import.
SECTIONS: Sequence[tuple[str, str, Sequence[tuple[str, Sequence[str]]]]] = (
    (
        "Reading label files",
        "As in the README's example; see [formats](formats.md).",
        (
            ("labelvc.formats.reading", ("read",)),
            ("labelvc.formats.source", ("disk_source",)),
            (
                "labelvc.core.snapshot",
                ("Snapshot", "labels_frame", "samples_frame", "categories_frame"),
            ),
        ),
    ),
    (
        "Models of your own",
        "See [models](models.md).",
        (("labelvc.stages.interface", ("Sample", "Model")),),
    ),
    (
        "Formats of your own",
        "See [writing a format](writing-a-format.md).",
        (
            ("labelvc.formats.base", ("Format", "Scan", "Carries", "named_categories")),
            ("labelvc.formats.fragments", ("resolved",)),
            ("labelvc.core.tally", ("Tally",)),
        ),
    ),
    (
        "Scores in MLflow",
        "See [MLflow](mlflow.md).",
        (("labelvc.adapters.mlflow", ()),),
    ),
    (
        "Errors",
        "What a user can mend is a `LabelvcError`: it says what, where and what to do next.",
        (("labelvc.core.errors", ()),),
    ),
)


def page() -> str:
    """The whole page."""
    return "\n".join(
        [INTRODUCTION, *loading(), *(line for one in SECTIONS for line in section(one))]
    )


def loading() -> Iterator[str]:
    """The modules right under the package: label sets as other libraries take them."""
    for path in sorted(PACKAGE.glob("[a-z]*.py")):
        module = f"labelvc.{path.stem}"
        yield f"## {module}\n\n{told(first(ast.get_docstring(parsed(module))))}\n"
        for name in exported(module):
            yield described(module, name)


def section(one: tuple[str, str, Sequence[tuple[str, Sequence[str]]]]) -> Iterator[str]:
    """A heading, and the names of the modules under it."""
    title, text, modules = one
    yield f"## {title}\n\n{text}\n"
    for module, names in modules:
        for name in names or exported(module):
            yield described(module, name)


def parsed(module: str) -> ast.Module:
    """A module's source."""
    path = PACKAGE.parent / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def exported(module: str) -> list[str]:
    """`__all__`, or the classes and functions that a module has for others."""
    tree = parsed(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    public = [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return [node.name for node in public if not node.name.startswith("_") and documented(node)]


def defined(module: str, name: str) -> ast.ClassDef | ast.FunctionDef:
    """The definition of a name, through the modules that only hand it on."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("labelvc"):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return defined(node.module, alias.name)
    raise LookupError(f"{module} has no {name}")


def described(module: str, name: str) -> str:
    """A heading, how to import it, the signature, and what the code says of it."""
    node = defined(module, name)
    imported = f"from {module} import {name}"
    parts = [f"### {name}", code(f"{imported}\n\n{signature(node)}"), told(ast.get_docstring(node))]
    if isinstance(node, ast.ClassDef):
        fields = [f"* `{line}`{text}" for line, text in attributes(node)]
        parts += ["\n".join(fields)] if fields else []
        methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and documented(one)]
        for one in methods:
            parts += [code(signature(one)), told(ast.get_docstring(one))]
    return "\n\n".join(part for part in parts if part) + "\n"


def documented(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Whether it is for others: it has a docstring, and is no method of Python's own."""
    return not node.name.startswith("_") and ast.get_docstring(node) is not None


def attributes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The fields of a class, each with the text below it."""
    for at, one in enumerate(node.body):
        if isinstance(one, ast.AnnAssign) and not ast.unparse(one.target).startswith("_"):
            below = node.body[at + 1] if at + 1 < len(node.body) else None
            text = ""
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                text = f": {told(str(below.value.value))}"
            yield f"{ast.unparse(one.target)}: {ast.unparse(one.annotation)}", text


def signature(node: ast.ClassDef | ast.FunctionDef) -> str:
    """`def f(a, b) -> c`, or `class C(a, b)` as it is called."""
    if isinstance(node, ast.FunctionDef):
        end = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        word = "property" if "property" in map(ast.unparse, node.decorator_list) else "def"
        if word == "property":
            return f"{node.name}{end.replace(' -> ', ': ')}"
        return wrapped(f"def {node.name}", arguments(node.args), end)
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return wrapped(f"class {node.name}", arguments(one.args), "")
    bases = [ast.unparse(base) for base in node.bases]
    return wrapped(f"class {node.name}", bases, "") if bases else f"class {node.name}"


def arguments(args: ast.arguments) -> list[str]:
    """Each parameter with its type and default, without `self`."""
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    told_of = [parameter(one, value) for one, value in zip(plain, defaults, strict=True)]
    if args.vararg:
        told_of.append(f"*{parameter(args.vararg, None)}")
    elif args.kwonlyargs:
        told_of.append("*")
    named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    told_of += [parameter(one, value) for one, value in named]
    told_of += [f"**{parameter(args.kwarg, None)}"] if args.kwarg else []
    return [one for one in told_of if one not in ("self", "cls")]


def parameter(one: ast.arg, default: ast.expr | None) -> str:
    """`name: type = default`."""
    kind = f": {ast.unparse(one.annotation)}" if one.annotation else ""
    given = f" = {ast.unparse(default)}" if default else ""
    return f"{one.arg}{kind}{given}"


def wrapped(head: str, parts: list[str], end: str) -> str:
    """On one line, or a parameter a line."""
    line = f"{head}({', '.join(parts)}){end}"
    return (
        line
        if len(line) <= WIDTH
        else "\n    ".join([f"{head}(", *(f"{p}," for p in parts)]) + f"\n){end}"
    )


def code(text: str) -> str:
    """A block of Python."""
    return f"```python\n{text}\n```"


def first(text: str | None) -> str:
    """The first paragraph."""
    return (text or "").split("\n\n")[0]


def told(text: str | None) -> str:
    """A docstring as Markdown, with links to the pages that it names."""
    return re.sub(r"docs/([a-z-]+)\.md", r"[\1](\1.md)", (text or "").strip())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
