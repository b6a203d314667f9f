"""What the site has beside `docs/`: the list of changes, and the pipeline that pages link to."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# On the site a file of the repository's root has this name.
BESIDE = {"CHANGELOG.md": "changes.md", "dvc.yaml.example": "dvc.yaml.example"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the files of the root among the pages."""
    for source, name in BESIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links out of `docs/` lead to these files."""
    for source, name in BESIDE.items():
        markdown = markdown.replace(f"](../{source})", f"]({name})")
    return markdown
