"""All the course's notebooks from the labs' sources: written, or compared with what is there."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.catalogue import problems_in_catalogues
from grader.authoring.notebook import Notebook, solution_notebook, to_bytes
from grader.authoring.release import ReleaseError, release_notebook
from grader.authoring.source import LANGUAGES, Problem, Source, SourceError, read_source, source_error
from grader.authoring.validate import problems_in

TREES = ("solutions", "assignments")


@dataclass(frozen=True)
class BuildReport:
    """What a build made: the notebooks it had to write, and each lab's points."""

    written: tuple[Path, ...]
    current: tuple[Path, ...]
    points: dict[str, float]


def build(root: Path) -> BuildReport:
    """Every lab's notebooks are on disk; those that were current are not touched.

    Raises:
        SourceError: a lab's source has to be put right first.
    """
    sources = _sources(root)
    written, current = [], []
    for path, content in _notebooks(sources).items():
        target = root / path
        if target.is_file() and target.read_bytes() == content:
            current.append(path)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a build that is interrupted leaves no half a notebook.
        half = target.with_suffix(".ipynb.part")
        half.write_bytes(content)
        half.replace(target)
        written.append(path)
    points = {source.lab: _points(source) for source in sources}
    return BuildReport(tuple(written), tuple(current), points)


def check(root: Path) -> list[str]:
    """The notebooks, as paths from the root, that are not what the sources give; empty when all are current.

    Raises:
        SourceError: a lab's source, or a catalogue of messages, has to be put right first.
    """
    missing = problems_in_catalogues(root)
    if missing:
        raise SourceError("\n".join(missing))
    notebooks = _notebooks(_sources(root))
    stale = [
        path.as_posix()
        for path, content in notebooks.items()
        if not (root / path).is_file() or (root / path).read_bytes() != content
    ]
    stray = [
        f"{path.as_posix()} (no lab source makes it: delete it)"
        for path in sorted(_notebooks_on_disk(root) - notebooks.keys())
    ]
    return stale + stray


def _sources(root: Path) -> list[Source]:
    paths = sorted((root / "solutions").glob("*.py"))
    if not paths:
        raise SourceError(f"{root / 'solutions'}: there is no lab source in it: a lab is one file, <lab>.py")
    sources = [read_source(path) for path in paths]
    wrong = [source.error(problems) for source in sources if (problems := problems_in(source))]
    if wrong:
        raise SourceError("\n".join(str(error) for error in wrong))
    return sources


def _notebooks(sources: list[Source]) -> dict[Path, bytes]:
    jobs = [(source, language) for source in sources for language in LANGUAGES]
    made: dict[Path, bytes] = {}
    # nbgrader takes seconds a notebook, in a process of its own.
    with ThreadPoolExecutor(max_workers=2) as pool:
        for (source, language), (solution, released) in zip(jobs, pool.map(_both, jobs), strict=True):
            for tree, notebook in zip(TREES, (solution, released), strict=True):
                made[Path(tree, language, source.lab, f"{source.lab}.ipynb")] = to_bytes(notebook)
    for source in sources:
        _refuse_different_checksums(source, made)
    return made


def _both(job: tuple[Source, str]) -> tuple[Notebook, Notebook]:
    source, language = job
    solution = solution_notebook(source, language)
    try:
        return solution, release_notebook(solution, source.lab, language)
    except ReleaseError as problem:
        raise source_error(source.path, [Problem(1, str(problem))]) from None


def _refuse_different_checksums(source: Source, made: dict[Path, bytes]) -> None:
    """One nbgrader assignment serves every language only while the locked cells' checksums agree."""
    lines = {cell.grade_id: cell.marker for cell in source.cells}
    first, *others = (
        _checksums(made[Path("assignments", language, source.lab, f"{source.lab}.ipynb")]) for language in LANGUAGES
    )
    for other in others:
        for grade_id in sorted(first.keys() | other.keys()):
            if first.get(grade_id) != other.get(grade_id):
                text = f"{grade_id} has another nbgrader checksum in each language: make its text the same"
                raise source.error([Problem(lines[grade_id], text)])


def _checksums(released: bytes) -> dict[str, str]:
    marks = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(released)["cells"]]
    return {mark["grade_id"]: mark["checksum"] for mark in marks if mark.get("grade") or mark.get("locked")}


def _notebooks_on_disk(root: Path) -> set[Path]:
    found = [path for tree in TREES for language in LANGUAGES for path in (root / tree / language).glob("*/*.ipynb")]
    return {path.relative_to(root) for path in found}


def _points(source: Source) -> float:
    return float(sum(cell.metadata.get("points", 0) for cell in source.in_language(LANGUAGES[0])))
