"""All the course's notebooks from the labs' sources: written, or compared with what is there."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.catalogue import problems_in_catalogues
from grader.authoring.notebook import Notebook, solution_notebook, to_bytes
from grader.authoring.points import Points, PointsOf, problems_in_page
from grader.authoring.release import ReleaseError, release_notebook
from grader.authoring.repository import repository_of
from grader.authoring.source import LABS, LANGUAGES, Problem, Source, SourceError, read_source, source_error
from grader.authoring.validate import problems_in

TREES = ("solutions", "assignments")
SOURCE = "notebook.py"

# A lab's name and its folder, which may lie in a package elsewhere.
LabFolder = tuple[str, Path]
# A source that notebooks can be built from, with the points of the lab's tasks.
Ready = tuple[Source, Points]
# Labs that aren't in all of the course's languages yet, each with those that it lacks.
Drafts = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class BuildReport:
    """What a build made: the notebooks it had to write, each lab's points, and the drafts."""

    written: tuple[Path, ...]
    current: tuple[Path, ...]
    points: dict[str, float]
    drafts: Drafts


@dataclass(frozen=True)
class CheckReport:
    """The notebooks, as paths from the root, that are not what the sources give, and the drafts."""

    stale: tuple[str, ...]
    drafts: Drafts


def lab_sources(root: Path) -> tuple[LabFolder, ...]:
    """The course's own labs, by name: each folder in `grader/labs` that has a notebook.py."""
    return tuple((path.parent.name, path.parent) for path in sorted((root / LABS).glob(f"*/{SOURCE}")))


def build(root: Path, labs: Sequence[LabFolder], points_of: PointsOf, only: str = "") -> BuildReport:
    """These labs' notebooks are on disk, or those of the one named; what was current is not touched. Raises
    SourceError: a lab's source has to be put right first. The notebooks of the others are written."""
    sources, wrong = _sources(root, labs, points_of, only)
    made, refused = _notebooks(root, sources)
    written, current = [], []
    for path, content in made.items():
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
    _refuse([*wrong, *refused])
    totals = {source.lab: float(sum(points.values())) for source, points in sources}
    return BuildReport(tuple(written), tuple(current), totals, _drafts(sources))


def check(root: Path, labs: Sequence[LabFolder], points_of: PointsOf, only: str = "") -> CheckReport:
    """What is on disk and not as these labs' sources give it, or that of the one named. Raises SourceError: a lab's
    source, a page that shows its points, or a catalogue of messages has to be put right first."""
    sources, wrong = _sources(root, labs, points_of, only)
    missing = problems_in_catalogues(root, _drafts(sources))
    wrong += _problems_in_pages(root, labs, {source.lab: points for source, points in sources})
    made, refused = _notebooks(root, sources) if not missing + wrong else ({}, [])
    _refuse([*missing, *wrong, *refused])
    stale = [
        path.as_posix()
        for path, content in made.items()
        if not (root / path).is_file() or (root / path).read_bytes() != content
    ]
    stray = [
        f"{path.as_posix()} (no lab source makes it: delete it)"
        for path in sorted(_notebooks_on_disk(root) - made.keys())
        if only in ("", path.parent.name)
    ]
    return CheckReport((*stale, *stray), _drafts(sources))


def _problems_in_pages(root: Path, labs: Sequence[LabFolder], points: Mapping[str, Points]) -> list[str]:
    folders = (root, *(folder for name, folder in labs if name in points))
    pages = sorted({page for folder in folders for page in folder.glob("README*.md")})
    return [str(source_error(page, found)) for page in pages if (found := problems_in_page(page, points))]


def _drafts(sources: list[Ready]) -> Drafts:
    lacking = {
        source.lab: tuple(language for language in LANGUAGES if language not in source.languages)
        for source, _ in sources
    }
    return {lab: languages for lab, languages in lacking.items() if languages}


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SourceError("\n".join(problems))


def _sources(
    root: Path, labs: Sequence[LabFolder], points_of: PointsOf, only: str
) -> tuple[list[Ready], list[str]]:
    """The labs that notebooks can be built from, and what is wrong with the others."""
    if not labs:
        raise SourceError(f"{root / LABS}: there is no lab in it: a lab is a folder with a {SOURCE}")
    names = [name for name, _ in labs]
    if only and only not in names:
        raise SourceError(f"there is no lab {only}; the labs are: {', '.join(sorted(set(names)))}")
    sources, wrong = [], []
    for name, folder in labs:
        if only not in ("", name):
            continue
        if names.count(name) > 1:
            wrong.append(f"{folder / SOURCE}:1: there is another lab {name}: give one of them another name")
            continue
        try:
            sources.append(_ready(read_source(folder / SOURCE, name), points_of))
        except SourceError as problem:
            wrong.append(str(problem))
    return sources, wrong


def _ready(source: Source, points_of: PointsOf) -> Ready:
    try:
        points = points_of(source.lab)
    except KeyError:
        text = f"nothing says which tasks the lab {source.lab} has, and their points: declare it as a lab first"
        raise source.error([Problem(1, text)]) from None
    problems = problems_in(source, points)
    if problems:
        raise source.error(problems)
    return source, points


def _notebooks(root: Path, sources: list[Ready]) -> tuple[dict[Path, bytes], list[str]]:
    """The notebooks by their paths from the root, and why a lab has none."""
    address = repository_of(root)
    made: dict[Path, bytes] = {}
    refused = []
    # nbgrader takes seconds a notebook, in a process of its own.
    with ThreadPoolExecutor(max_workers=2) as pool:
        waiting = [
            (source, [pool.submit(_both, source, language, points, address) for language in source.languages])
            for source, points in sources
        ]
        for source, jobs in waiting:
            try:
                own = _of_one_lab(source, [job.result() for job in jobs])
            except SourceError as problem:
                refused.append(str(problem))
            else:
                made |= own
    return made, refused


def _of_one_lab(source: Source, notebooks: list[tuple[Notebook, Notebook]]) -> dict[Path, bytes]:
    made = {
        Path(tree, language, source.lab, f"{source.lab}.ipynb"): to_bytes(notebook)
        for language, both in zip(source.languages, notebooks, strict=True)
        for tree, notebook in zip(TREES, both, strict=True)
    }
    _refuse_different_checksums(source, made)
    return made


def _both(source: Source, language: str, points: Points, address: str) -> tuple[Notebook, Notebook]:
    solution = solution_notebook(source, language, points, address)
    try:
        return solution, release_notebook(solution, source.lab, language)
    except ReleaseError as problem:
        raise source_error(source.path, [Problem(1, str(problem))]) from None


def _refuse_different_checksums(source: Source, made: dict[Path, bytes]) -> None:
    """One nbgrader assignment serves every language only while the locked cells' checksums agree."""
    lines = {cell.grade_id: cell.marker for cell in source.cells}
    first, *others = (
        _checksums(made[Path("assignments", language, source.lab, f"{source.lab}.ipynb")])
        for language in source.languages
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
