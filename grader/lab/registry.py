"""The registry: which labs there are, found by listing `grader.labs` and by the entry points `tensor_parallel.labs`.

A lab that cannot be loaded is kept apart with what is wrong and where; the others go on working.
"""

import importlib
import importlib.util
import os
import site
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message

GROUP = "tensor_parallel.labs"
LABS = Path(__file__).resolve().parents[1] / "labs"
ROOT = LABS.parents[1]


@dataclass(frozen=True)
class Broken:
    """A lab that can't be loaded: its name, the file and line that stopped it, and what is wrong there."""

    name: str
    file: str
    line: int
    why: Message

    def said(self) -> Message:
        return message(
            N_("the lab {name} can't be loaded: {file}, line {line}: {why}"),
            name=self.name, file=self.file, line=self.line, why=self.why,
        )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A lab that was found: its name, its package, and its folder."""

    name: str
    package: str
    folder: Path


def find_lab(name: str) -> Lab:
    """The lab of that name. Raises KeyError: there is none, or it can't be loaded."""
    return labs()[name]


def labs() -> Mapping[str, Lab]:
    """All labs that can be loaded, by name."""
    return _loaded()[0]


def broken() -> tuple[Broken, ...]:
    """Those that can't."""
    return _loaded()[1]


def why_broken(name: str) -> Message | None:
    """Why the lab of that name can't be loaded; None where it can, or there is none."""
    return next((one.said() for one in broken() if one.name == name), None)


@cache
def found() -> tuple[Found, ...]:
    """Where labs lie, without loading any: a name that comes twice stands here twice."""
    return tuple(sorted((*_listed(), *_entered()), key=lambda one: one.name))


def folder_of(name: str) -> Path:
    """Where a lab lies. Raises KeyError: there is none of that name."""
    return {one.name: one.folder for one in reversed(found())}[name]


@cache
def import_folders() -> tuple[Path, ...]:
    """Folders outside the environment that labs of packages elsewhere are found in and imported from.

    A process that is started without them, with a path of its own, would know none of these labs.
    """
    environment = {os.path.realpath(place) for place in site.getsitepackages()}
    needed: dict[Path, None] = {}
    for entry in entry_points(group=GROUP):
        announced = Path(os.path.abspath(str(entry.dist.locate_file("")))) if entry.dist else None
        if announced is None or os.path.realpath(announced) in environment:
            continue
        package = entry.value.partition(":")[0]
        folder = Path(os.path.abspath(_folder_of(entry, package)))
        needed |= dict.fromkeys((announced, folder.parents[package.count(".")]))
    return tuple(folder for folder in needed if folder.is_dir())


def python_path() -> str:
    """The PYTHONPATH of a process of ours: where the course's code lies, and where labs do."""
    return os.pathsep.join(map(str, (ROOT, *import_folders())))


def forget() -> None:
    """Look anew when next asked, as after an installation."""
    found.cache_clear()
    import_folders.cache_clear()
    _loaded.cache_clear()


@cache
def _loaded() -> tuple[Mapping[str, Lab], tuple[Broken, ...]]:
    good: dict[str, Lab] = {}
    bad: list[Broken] = []
    places: dict[str, Found] = {}
    for one in found():
        if one.name in places:
            there = places[one.name].folder
            why = message(N_("another lab has this name: {folder}; rename one of the folders"), folder=there)
            bad.append(Broken(one.name, str(one.folder / "lab.py"), 1, why))
            continue
        places[one.name] = one
        lab = _load(one)
        if isinstance(lab, Broken):
            bad.append(lab)
        else:
            good[one.name] = lab
    return good, tuple(bad)


def _load(one: Found) -> Lab | Broken:
    file = one.folder / "lab.py"
    if not file.is_file():
        try:
            importlib.import_module(one.package)
        except Exception as error:
            return _broken(one, file, error)
        return Broken(one.name, str(file), 1, message(N_("there is no such file; a lab says there what its tasks are")))
    try:
        lab = importlib.import_module(f"{one.package}.lab").LAB
    except Exception as error:
        return _broken(one, file, error)
    if not isinstance(lab, Lab):
        return Broken(one.name, str(file), 1, message(N_("LAB is a {type}, not a Lab"), type=type(lab).__name__))
    if lab.name != one.name:
        said = message(N_("LAB calls itself {other}; it takes the name of its folder"), other=lab.name)
        return Broken(one.name, str(file), 1, said)
    return lab


def _broken(one: Found, file: Path, error: Exception) -> Broken:
    if isinstance(error, SyntaxError) and error.filename:
        return Broken(one.name, error.filename, error.lineno or 1, message("{why}", why=error.msg))
    if isinstance(error, AttributeError) and getattr(error, "name", "") == "LAB":
        return Broken(one.name, str(file), 1, message(N_("it makes no LAB")))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_of(one, frame.filename)]
    place, line = (frames[-1].filename, frames[-1].lineno or 1) if frames else (str(file), 1)
    return Broken(one.name, place, line, message("{type}: {why}", type=type(error).__name__, why=error))


def _is_of(one: Found, file: str) -> bool:
    """Whether that is a file of the lab's, or what makes a package around it."""
    names = one.package.split(".")
    around = tuple("/".join(("", *names[:count], "__init__.py")) for count in range(1, len(names)))
    return file.startswith(f"{one.folder}/") or Path(file).as_posix().endswith(around)


def _listed() -> Iterator[Found]:
    for entry in sorted(LABS.iterdir()) if LABS.is_dir() else ():
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield Found(entry.name, f"grader.labs.{entry.name}", entry)


def _entered() -> Iterator[Found]:
    for entry in entry_points(group=GROUP):
        package = entry.value.partition(":")[0]
        yield Found(entry.name, package, _folder_of(entry, package))


def _folder_of(entry: EntryPoint, package: str) -> Path:
    try:
        spec = importlib.util.find_spec(package)
    except Exception:  # a package around it may fail in any way; `_load` says how
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else Path(package.replace(".", "/"))
