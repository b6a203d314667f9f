"""Models of the project's own code: named, made, trained, and one message where they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch

from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample
from labelvc.stages.models import code_files, load_model
from tests.data import ROOT

SAMPLES = [Sample("x", text="one"), Sample("y", text="two")]
Load = Callable[..., Any]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write the module `own` and load a model of it."""

    def loaded(
        body: str | None = None,
        spec: str = "own:predict",
        weights: str | None = None,
        **options: Any,
    ) -> Any:
        if body is not None:
            (tmp_path / "own.py").write_text(dedent(body))
        return load_model(
            spec,
            task="text-classification",
            categories=["a", "b"],
            seed=3,
            options=options,
            weights=tmp_path / weights if weights else None,
            root=tmp_path,
        )

    return loaded


def refusal(load: Load, *arguments: Any, do: str | None = None, **named: Any) -> str:
    """The message of what fails in loading, or in the method `do`."""
    with pytest.raises(LabelvcError) as caught:
        model = load(*arguments, **named)
        getattr(model, do or "no failure")(SAMPLES)
    assert "\n" not in caught.value.message
    return str(caught.value)


def test_a_function_is_a_model(load: Load):
    model = load("def predict(samples):\n    return [one.text for one in samples]\n")
    assert model.predict(SAMPLES) == ["one", "two"]
    assert not hasattr(model, "fit") and not hasattr(model, "load_state_dict")


def test_a_function_gets_the_options_by_name(load: Load):
    body = "def predict(samples, loud=False):\n    return [loud for one in samples]\n"
    assert load(body, loud=True).predict(SAMPLES) == [True, True]
    assert load(body).predict(SAMPLES) == [False, False]


def test_a_generator_is_run_to_its_end(load: Load):
    model = load("def predict(samples):\n    for one in samples:\n        yield one.key\n")
    assert model.predict(SAMPLES) == ["x", "y"]


CLASS = """
class Model:
    def __init__(self, *, task, categories, seed, width=1):
        self.told = task, categories, seed, width
    def fit(self, samples):
        self.seen = [one.key for one in samples]
    def predict(self, samples):
        return [self.told, self.seen]
"""
TOLD = ("text-classification", ["a", "b"], 3, 5)


def test_a_class_is_made_and_may_be_trained(load: Load):
    model = load(CLASS, "own:Model", width=5)
    model.fit(SAMPLES)
    assert model.predict(SAMPLES) == [TOLD, ["x", "y"]]


@pytest.mark.parametrize(
    "signature",
    ["task, categories, seed, width=1", "*, seed, **rest", "**rest", "task, **rest"],
)
def test_a_function_that_takes_what_models_are_made_of_makes_one(load: Load, signature: str):
    names = [one.strip("* ").partition("=")[0] for one in signature.split(",")]
    given = ", ".join("**rest" if one == "rest" else f"{one}={one}" for one in names if one)
    model = load(
        CLASS + f"def make({signature}):\n    return Model({given})\n", "own:make", width=5
    )
    model.fit(SAMPLES)
    assert model.predict([])[0] == TOLD


def test_an_object_that_predicts_is_a_model_as_it_is(load: Load):
    made = "class Model:\n    def predict(self, samples): return [1, 2]\nmodel = Model()\n"
    assert load(made, "own:model").predict(SAMPLES) == [1, 2]
    assert "takes no option 'width'" in refusal(load, made, "own:model", width=5)


def test_a_name_may_be_inside_a_package_and_a_class(load: Load, tmp_path: Path):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets/small.py").write_text(CLASS + "class Zoo:\n    Small = Model\n")
    load(spec="nets.small:Zoo.Small").fit(SAMPLES)


def test_what_is_printed_goes_to_stderr(load: Load, capsys: pytest.CaptureFixture[str]):
    load("print('at import')\ndef predict(samples):\n    print('in predict')\n").predict(SAMPLES)
    assert capsys.readouterr() == ("", "at import\nin predict\n")


def test_python_and_numpy_are_seeded_before_anything_is_made(load: Load):
    body = """
    import random, numpy
    at_import = random.random()
    class Model:
        def __init__(self, **told): self.drawn = random.random(), numpy.random.rand()
        def predict(self, samples): return [at_import, self.drawn]
    """
    one = load(body, "own:Model").predict(SAMPLES)
    np.random.rand()
    assert load(body, "own:Model").predict(SAMPLES) == one


def test_a_torch_module_does_not_drop_out_when_it_predicts(load: Load):
    body = """
    import torch
    class Net(torch.nn.Module):
        def __init__(self, **told):
            super().__init__()
            self.drop = torch.nn.Dropout(0.5)
        def fit(self, samples): self.train()
        def predict(self, samples): return self.drop(torch.ones(50)).tolist()
    """
    model = load(body, "own:Net")
    model.fit(SAMPLES)
    assert model.predict(SAMPLES) == [1.0] * 50


def test_a_changed_module_and_another_project_are_imported_anew(load: Load, tmp_path: Path):
    (tmp_path / "words.py").write_text("WORD = 'first'\n")
    body = "import words\ndef predict(samples):\n    return [words.WORD]\n"
    first = load(body)
    (tmp_path / "words.py").write_text("WORD = 'other'\n")
    other = load()
    assert (first.predict([]), other.predict([])) == (["first"], ["other"])
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "own.py").write_text("def predict(samples):\n    return ['elsewhere']\n")
    told = {"task": "t", "categories": [], "seed": 0, "options": {}, "weights": None}
    assert load_model("own:predict", root=place, **told).predict([]) == ["elsewhere"]
    assert str(tmp_path) not in sys.path and str(place) not in sys.path


def test_a_module_may_be_imported_when_the_model_predicts(load: Load, tmp_path: Path):
    (tmp_path / "late.py").write_text("WORD = 'late'\n")
    model = load("def predict(samples):\n    import late\n    return [late.WORD]\n")
    assert model.predict([]) == ["late"]


NAMING = [
    ("own", "names no model"),
    ("own:", "names no model"),
    (":predict", "names no model"),
    ("../own:predict", "names no model"),
    ("own.py:predict", "Did you mean own:predict?"),
    ("nowhere:predict", "there is no module nowhere"),
    ("own.deeper:predict", "there is no module own.deeper"),
    ("owm:predict", "Did you mean own?"),
    ("own:predikt", "Did you mean own:predict?"),
    ("own:ANSWER", "own:ANSWER is 42, expected a function or a class"),
    ("json:dumps", "json:dumps could not predict: TypeError"),
]


@pytest.mark.parametrize(("spec", "said"), NAMING)
def test_a_name_of_nothing_is_one_message(load: Load, spec: str, said: str):
    body = "ANSWER = 42\ndef predict(samples):\n    return []\n"
    assert said in refusal(load, body, spec, do="predict")


def test_a_module_that_python_has_under_that_name_already_is_told(load: Load, tmp_path: Path):
    (tmp_path / "json.py").write_text("def predict(samples):\n    return []\n")
    message = refusal(load, spec="json:predict")
    assert f"{tmp_path}/json.py cannot be imported" in message and "another name" in message


IMPORTING = [
    ("x = 1\nraise ValueError('no\\nlicence')\n", "ValueError: no licence ({own}:2)"),
    ("def predict(:\n", "SyntaxError: "),
    ("def predict(:\n", "({own}:1)"),
    ("import absent_module\n", "No module named 'absent_module' ({own}:1)"),
    ("import absent_module.part\n", "Install absent_module beside labelvc."),
    ("import sys\nsys.exit(3)\n", "SystemExit: 3 ({own}:2)"),
    ("import json\njson.loads('{')\n", "({own}:2)"),
]


@pytest.mark.parametrize(("body", "said"), IMPORTING)
def test_a_module_that_fails_is_one_message_with_its_line(
    load: Load, tmp_path: Path, body: str, said: str
):
    message = refusal(load, body)
    assert message.startswith("own could not be imported: ")
    assert said.format(own=tmp_path / "own.py") in message


MAKING = [
    ("class Model:\n    def __init__(self): ...", "TypeError: got an unexpected keyword", 1),
    ("def Model(task, categories): ...", "unexpected keyword argument 'seed'", 1),
    ("def Model(): ...", "unexpected keyword argument 'task'", 1),
    ("def Model(*, task, categories, seed, depth): ...", "required argument: 'depth'", 1),
    ("class Model:\n    def __init__(self, **told): self.x = 1 / 0", "ZeroDivisionError", 2),
    ("class Model:\n    def __init__(self, **told): raise KeyError('w')", "KeyError: 'w'", 2),
]


@pytest.mark.parametrize(("body", "said", "line"), MAKING)
def test_what_cannot_be_made_is_one_message_with_its_line(
    load: Load, tmp_path: Path, body: str, said: str, line: int
):
    message = refusal(load, f"{body}\n", "own:Model")
    assert message.startswith("own:Model could not be made: ") and said in message
    assert f"({tmp_path}/own.py:{line})" in message


def test_what_is_made_has_to_predict(load: Load):
    body = "class Model:\n    def __init__(self, **told): ...\ndef make(**told): return None\n"
    assert "own:Model gives a Model, which has no predict(samples)" in refusal(
        load, body, "own:Model"
    )
    assert "own:make gives None" in refusal(load, body, "own:make")


FAILING = [
    ("def predict(samples):\n    return [1 / 0]", "own:predict could not predict: Zero", 2),
    ("def predict(samples):\n    import sys; sys.exit()", "SystemExit", 2),
    ("def predict(samples):\n    yield 1\n    raise OSError", "could not predict: OSError (", 3),
    ("def predict(samples, loud): ...", "missing a required argument: 'loud'", 1),
]


@pytest.mark.parametrize(("body", "said", "line"), FAILING)
def test_a_function_that_fails_is_one_message_with_its_line(
    load: Load, tmp_path: Path, body: str, said: str, line: int
):
    message = refusal(load, f"{body}\n", do="predict")
    assert said in message and f"({tmp_path}/own.py:{line})" in message


def test_a_training_that_fails_is_one_message_with_its_line(load: Load, tmp_path: Path):
    body = """class Model:
    def __init__(self, **told): ...
    def fit(self, samples):
        deeper(samples)
    def predict(self, samples): ...
def deeper(samples):
    import numpy
    return numpy.zeros(2) @ numpy.zeros(3)
"""
    message = refusal(load, body, "own:Model", do="fit")
    assert message.startswith("own:Model could not be trained: ValueError: ")
    assert message.endswith(f"({tmp_path}/own.py:8)")


def test_what_a_model_refuses_itself_is_told_as_it_is(load: Load):
    body = """
    from labelvc.core.errors import LabelvcError
    def predict(samples):
        raise LabelvcError("these are no pictures of cats")
    """
    assert refusal(load, body, do="predict") == "these are no pictures of cats"


NET = """
import torch
class Net(torch.nn.Module):
    def __init__(self, *, task, categories, seed):
        super().__init__()
        self.out = torch.nn.Linear(2, len(categories))
    def predict(self, samples):
        return self.out(torch.ones(len(samples), 2)).softmax(1)
"""


def test_weights_are_given_to_a_model_of_the_project(load: Load, tmp_path: Path):
    weights = {"out.weight": torch.tensor([[1.0, 2], [3, 4]]), "out.bias": torch.tensor([0.5, 1])}
    torch.save(weights, tmp_path / "net.pt")
    said = load(NET, "own:Net", "net.pt").predict(SAMPLES)
    expected = torch.tensor([3.5, 8]).softmax(0)
    assert torch.equal(said, expected.expand(2, 2))


def test_state_dicts_go_out_and_in_again(load: Load, tmp_path: Path):
    one, other = load(NET, "own:Net"), load(NET, "own:Net")
    torch.save(one.state_dict(), tmp_path / "net.pt")
    assert torch.equal(one.predict(SAMPLES), other.predict(SAMPLES))  # the same seed
    for value in one.state_dict().values():
        value.add_(1)
    assert torch.equal(load(NET, "own:Net", "net.pt").predict(SAMPLES), other.predict(SAMPLES))


class Harmful:
    """What a stranger's pickle may do when it is read."""

    def __reduce__(self) -> Any:
        return os.mkdir, (self.place,)

    place = ""


def test_code_in_weights_is_not_run(load: Load, tmp_path: Path):
    Harmful.place = str(tmp_path / "harm")
    torch.save({"out.weight": Harmful()}, tmp_path / "net.pt")
    message = refusal(load, NET, "own:Net", "net.pt")
    assert "holds code or objects beside weights" in message and "torch.save" in message
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([torch.zeros(2)], "holds a list, expected a state dict"),
        ({"epoch": 3}, "holds ['epoch'], expected a state dict: tensors by name"),
        ({"model": {"out.bias": torch.zeros(2)}}, "The weights may be in 'model'"),
        ({"out.weight": torch.zeros(2, 2)}, "could not take the weights: RuntimeError"),
        (
            {"out.weight": torch.zeros(9, 2), "out.bias": torch.zeros(2)},
            "size mismatch for out.weight",
        ),
    ],
)
def test_what_are_no_weights_of_the_model_is_one_message(
    load: Load, tmp_path: Path, content: Any, said: str
):
    torch.save(content, tmp_path / "net.pt")
    message = refusal(load, NET, "own:Net", "net.pt")
    assert said in message and message.startswith(f"{tmp_path}/net.pt ")


def test_a_file_that_holds_no_weights_is_one_message(load: Load, tmp_path: Path):
    assert f"no weights at {tmp_path}/net.pt" in refusal(load, NET, "own:Net", "net.pt")
    for content in (b"", b"weights", b"PK\x03\x04broken", b"\x80\x04K\x01."):
        (tmp_path / "net.pt").write_bytes(content)
        assert f"{tmp_path}/net.pt " in refusal(load, NET, "own:Net", "net.pt")


def test_a_model_without_weights_takes_none(load: Load, tmp_path: Path):
    torch.save({"x": torch.zeros(1)}, tmp_path / "net.pt")
    message = refusal(load, "def predict(samples): ...\n", "own:predict", "net.pt")
    assert "own:predict takes no weights: it has no load_state_dict(state)" in message


def test_there_is_no_built_in_model_for_outlines(tmp_path: Path):
    told: dict[str, Any] = {"categories": [], "seed": 0, "options": {}, "weights": None}
    with pytest.raises(LabelvcError, match="no built-in model for image-segmentation"):
        load_model("baseline", task="image-segmentation", root=tmp_path, **told)


def test_the_code_of_a_model_is_what_the_project_has_of_its_imports(tmp_path: Path):
    files = {
        "own.py": "import json, numpy\nimport parts.one as p\nfrom parts import two\n",
        "parts/__init__.py": "",
        "parts/one.py": "from . import three\nfrom .deep.four import X\n",
        "parts/two.py": "def late():\n    import last\n",
        "parts/three.py": "X = (\n",  # no Python: whoever imports it is told
        "parts/deep/four.py": "from .. import two\nfrom ....beyond import y\n",
        "last.py": "import own\n",
        "unused.py": "",
        "venv/lib/python3/site-packages/numpy/__init__.py": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = code_files("own:predict", tmp_path)
    assert [str(one.relative_to(tmp_path)) for one in found] == [
        "last.py",
        "own.py",
        "parts/__init__.py",
        "parts/deep/four.py",
        "parts/one.py",
        "parts/three.py",
        "parts/two.py",
    ]


def test_only_models_of_the_project_have_code_in_it(tmp_path: Path):
    specs = ("baseline", "json:dumps", "models:/pets/3", f"models:/m-{'a1' * 16}", "runs:/ab12/m")
    assert not any(code_files(spec, tmp_path) for spec in specs)


PROBE = """
import hashlib, sys
from pathlib import Path
from labelvc.stages.models import load_model
from tests.stages import learning

total = hashlib.sha256()
for task, samples in [
    ("automatic-speech-recognition", learning.melodies(12, seed=0)),
    ("token-classification", learning.sentences(12, seed=0)),
    ("image-classification", learning.digits(60)),
]:
    names = sorted({label.get("category", "") for one in samples for label in one.labels})
    model = load_model("baseline", task=task, categories=names, seed=4, options={"epochs": 2},
                       weights=None, root=Path("."))
    model.fit(samples)
    for name, value in sorted(model.state_dict().items()):
        total.update(name.encode() + value.numpy().tobytes())
print(total.hexdigest())
"""


def test_other_processes_with_other_threads_come_to_the_same_weights():
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROBE],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": threads, "OMP_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    first, second = (one.communicate()[0] for one in running)
    assert len(first) == 65 and first == second


def test_torch_is_imported_only_by_what_needs_it(tmp_path: Path):
    (tmp_path / "own.py").write_text("def predict(samples):\n    return []\n")
    probe = (
        "import sys; from pathlib import Path; from labelvc.stages.models import load_model, "
        "seed_everything; model = load_model('own:predict', task='t', categories=[], seed=1, "
        "options={}, weights=None, root=Path('.')); seed_everything(1); model.predict([]); "
        "print(sorted({'torch', 'mlflow', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n", done.stderr
