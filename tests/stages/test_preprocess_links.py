"""Media that DVC links into its cache are read; what else a link leads to is not."""

from __future__ import annotations

from contextlib import closing

from labelvc.repo.repository import Repository
from labelvc.stages.model_samples import ModelSamples
from labelvc.stages.preparing import prepare_sets
from labelvc.stages.truth import read_truth
from tests.adapters.torch_sets import cells, png
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def test_media_may_be_links_into_the_cache_and_nowhere_else(project: Project) -> None:
    cells(project)
    project.write(".dvc/config.local", "[cache]\n    type = symlink\n")
    project.git("rm", "-r", "-q", "--cached", "images")
    project.track("images")
    project.write(f"other/ab/{'0' * 30}", png(7))
    (project.path / "images" / "c.png").unlink()
    (project.path / "images" / "c.png").symlink_to(f"../other/ab/{'0' * 30}")
    assert (project.path / "images" / "a.png").is_symlink()
    with closing(Repository.find(project.path)) as repo:
        (done,) = prepare_sets(repo)
        assert (done.processed, done.reasons) == (2, {"outside": 1})
        truth = read_truth(repo, "cells")
        samples = ModelSamples(truth).to_predict(truth.snapshot.samples["sample"])
    assert [sample.path and sample.path.name for sample in samples] == ["a.png", "b.png", None]
