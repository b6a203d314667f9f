"""Code of the project: importing from it, finding its files, and telling what it raises."""

from __future__ import annotations

import ast
import contextlib
import difflib
import importlib
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from labelvc.core.errors import LabelvcError, shorten

_SPEC = re.compile(r"(?P<module>\w+(\.\w+)*):(?P<name>\w+(\.\w+)*)")
_OURS = __name__.partition(".")[0]
_HOME = f"{Path(__file__).resolve().parents[1]}/"
_LONGEST = 300  # characters of what a stranger's exception says

# Modules of projects that were imported here: imported anew for the next model, as the file may
# have changed, or another project may have one of that name.
_imported: set[str] = set()


def load_named(spec: str, root: Path) -> Any:
    """What `module:name` names, the module imported with `root` first on the path.

    Raises LabelvcError where there is none, and with what importing it raised.
    """
    module_name, name = parts(spec)
    for stale in _imported:
        sys.modules.pop(stale, None)
    _imported.clear()
    with running(f"{module_name} could not be imported", root):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise
            raise _no_module(module_name, root) from None
    _refuse_hidden(module, module_name, root)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise _no_name(spec, found, part)
        found = getattr(found, part)
    return found


def parts(spec: str) -> tuple[str, str]:
    """Module and name of `module:name`. Raises LabelvcError where it is something else."""
    match = _SPEC.fullmatch(spec)
    if match is None or match["module"].endswith(".py"):
        path = re.fullmatch(r"(?:\./)?([\w/]+?)(?:\.py)?:(\w+)", spec)
        meant = f"{path[1].replace('/', '.')}:{path[2]}" if path else "baseline"
        raise LabelvcError(
            f"{shorten(spec)} names no model: expected baseline, module:name or "
            "models:/name/version",
            hint=f"Did you mean {meant}?",
        )
    return match["module"], match["name"]


def code_files(spec: str, root: Path) -> list[Path]:
    """The project's files that a model of `module:name` is made of, sorted; other models have none.

    Its module, the modules of the project that it imports, in turn, and the packages they lie in:
    as the import statements tell, so that nothing is run. Modules of an environment inside the
    project are not the project's. Raises LabelvcError for what names no model.
    """
    if ":/" in spec or ":" not in spec:
        return []
    folders = [root, *_folders_within(root)]
    found: set[Path] = set()
    waiting = [parts(spec)[0]]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name.partition(".")[0] == _OURS:
            continue
        seen.add(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        file = _file_of(name, folders)
        if file is not None and file not in found:
            found.add(file)
            waiting += _imports(file, name)
    return sorted(found)


@contextlib.contextmanager
def running(failed: str, root: Path) -> Iterator[None]:
    """Run code of the project: its modules can be imported, what it prints goes to stderr.

    What it raises becomes one LabelvcError: `failed` ("cnn could not be imported"), what, where.
    """
    before, written = set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(root))
    # Python takes bytecode for fresh where a file was edited within the second it was made in
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except LabelvcError:
        raise
    except (Exception, SystemExit) as error:
        raise _told(failed, error, root) from error
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(root))
        sys.dont_write_bytecode = written
        _imported.update(
            name for name in set(sys.modules) - before if _is_of(sys.modules[name], root)
        )


def _told(failed: str, error: BaseException, root: Path) -> LabelvcError:
    said = " ".join(str(error).split())
    said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 3]}..."
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return LabelvcError(
        f"{failed}: {what}{_place(error, root)}",
        hint=f"Install {missing.partition('.')[0]} beside labelvc." if missing else None,
    )


def _place(error: BaseException, root: Path) -> str:
    """File and line: the innermost in the project, else the innermost that is not ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if not one.filename.startswith(("<", _HOME))
    ]
    inside = [one for one in frames if _within(Path(one.filename), root)]
    return "".join(f" ({one.filename}:{one.lineno})" for one in (inside or frames)[-1:])


def _no_module(name: str, root: Path) -> LabelvcError:
    here = [*root.glob("*.py"), *root.glob("*/*.py")]
    names = sorted(".".join(file.relative_to(root).with_suffix("").parts) for file in here)
    close = difflib.get_close_matches(name, names, 1)
    inside = f"{name.replace('.', '/')}.py"
    return LabelvcError(
        f"there is no module {name}: neither {inside} in {root}, nor installed beside labelvc",
        hint=f"Did you mean {close[0]}?" if close else None,
    )


def _no_name(spec: str, where: Any, part: str) -> LabelvcError:
    names = [name for name in vars(where) if not name.startswith("_")]
    close = difflib.get_close_matches(part, names, 1)
    place = getattr(where, "__file__", None) or getattr(where, "__name__", shorten(where))
    return LabelvcError(
        f"there is no {part!r} in {place}",
        hint=f"Did you mean {spec.removesuffix(part)}{close[0]}?" if close else None,
    )


def _refuse_hidden(module: ModuleType, name: str, root: Path) -> None:
    file = _file_of(name, [root])
    came = _places(module)
    if file is None or not came or any(Path(place).resolve() == file.resolve() for place in came):
        return
    raise LabelvcError(
        f"{file} cannot be imported: {came[0]} has the same name and came first",
        hint="Give the module another name.",
    )


def _file_of(name: str, folders: list[Path]) -> Path | None:
    for folder in folders:
        path = folder.joinpath(*name.split("."))
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file():
                return file
    return None


def _folders_within(root: Path) -> list[Path]:
    """Folders of the project that Python imports from, such as `src` of an editable install."""
    return [Path(folder) for folder in sys.path if folder and _within(Path(folder), root)]


def _within(path: Path, root: Path) -> bool:
    """Whether a file or folder is the project's own, and no part of an environment inside it."""
    if not path.is_relative_to(root) or {"site-packages", "dist-packages"} & set(path.parts):
        return False
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)}
    return not any(path.is_relative_to(one) for one in prefixes if one.is_relative_to(root))


def _is_of(module: ModuleType | None, root: Path) -> bool:
    name = getattr(module, "__name__", _OURS)
    return name.partition(".")[0] != _OURS and any(
        _within(Path(place), root) for place in _places(module)
    )


def _places(module: ModuleType | None) -> list[str]:
    """The file a module is from; its folders where it is a package without __init__.py.

    As the module itself holds them: to be asked for `__path__`, torch.classes makes something up.
    """
    held = vars(module) if isinstance(module, ModuleType) else {}
    return [held["__file__"]] if held.get("__file__") else list(held.get("__path__", ()))


def _imports(file: Path, name: str) -> list[str]:
    """The modules that a file's import statements may mean, wherever they stand in it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # importing it will tell
        return []
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = [*above, *((node.module or "").split(".") if node.module else [])]
            found += [".".join(base)] if base else []
            found += [".".join([*base, alias.name]) for alias in node.names if alias.name != "*"]
    return found
