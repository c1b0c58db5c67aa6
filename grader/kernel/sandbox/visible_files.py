"""Which of this machine's files a kernel sees: its Python environment, the system's libraries, and our package's part
that runs beside the student's code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

import grader
from grader.kernel.sandbox.isolation import View
from grader.lab.registry import GROUP, Found, found, import_folders

# Never a whole prefix: under /usr, for one, some keep a course.
IN_A_PREFIX = ("bin", "include", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg")
IN_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts", "mime.types")
OLD_PLACES = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
# What a student's code needs of us; tests and the rest of the grader stay out.
OURS = ("__init__.py", "py.typed", "bench", "judge", "lab", "labs", "pictures", "processes", "locale")
PACKAGES = ("site-packages", "dist-packages")
# What no student's code may see of a lab: its source with the solutions, which an installation has compiled too, and
# the corpus with the judge's own examples.
HIDDEN_OF_A_LAB = ("notebook.py", "__pycache__", "corpus", "class", "diagrams")

PACKAGE = Path(grader.__file__).resolve().parent


def kernel_view() -> View:
    """The view for kernels of the Python that runs this."""
    links = {place: os.readlink(place) for place in OLD_PLACES if os.path.islink(place)}
    paths = [place for place in OLD_PLACES if place not in links]
    for prefix in dict.fromkeys(("/usr", sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)):
        paths += [f"{prefix}/{name}" for name in IN_A_PREFIX]
    paths += [place for place in sys.path if os.path.isabs(place) and os.path.basename(place) in PACKAGES]
    paths += [f"/etc/{name}" for name in IN_ETC]
    paths += [str(PACKAGE / name) for name in OURS]
    paths += [str(place) for lab in found() for place in (lab.folder, *_packages_around(lab))]
    paths += [str(place) for folder in import_folders() for place in _announcements(folder)]
    covered = [lab.folder / name for lab in found() for name in HIDDEN_OF_A_LAB]
    places = {str(path) for place in covered if place.exists() for path in (place, place.resolve())}
    return View(_without_nested(paths), links, tuple(sorted(places)))


def _packages_around(lab: Found) -> Iterator[Path]:
    """What makes packages of the folders that a lab's folder lies in, and nothing else of theirs."""
    for _, folder in zip(range(lab.package.count(".")), lab.folder.parents, strict=False):
        yield folder / "__init__.py"


def _announcements(folder: Path) -> Iterator[Path]:
    """The metadata of the distributions there that have labs."""
    for place in (*folder.glob("*.dist-info"), *folder.glob("*.egg-info")):
        if Distribution.at(place).entry_points.select(group=GROUP):
            yield place


def _without_nested(paths: list[str]) -> tuple[str, ...]:
    """Those that exist, each once and not below another; a path through links also under its real name."""
    found = sorted({name for path in paths if os.path.exists(path) for name in (path, os.path.realpath(path))})
    kept: list[str] = []
    for path in found:
        if not any(path == above or path.startswith(above + "/") for above in kept):
            kept.append(path)
    return tuple(kept)
