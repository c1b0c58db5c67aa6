"""What nbgrader's autograde is going to ask for next, so that threads can be ahead of it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from traitlets.config import Application

from grader.course.errors import CourseError
from grader.course.execution.prefetch import Prefetch, with_hidden_tests
from grader.course.intake.lab_files import LabFiles, find_root, lab_files
from grader.course.judging.course_key import course_key
from grader.course.judging.judge_preprocessor import Judge, judge
from grader.course.language import LANGUAGES, translator
from grader.course.nbgrader.rebuilding_exporter import submission
from grader.course.stopping import Stop, listen
from grader.kernel import KERNEL

_known: WeakKeyDictionary[Autograde, Prefetch | None] = WeakKeyDictionary()


def look_ahead(execute: Any, resources: dict[str, Any], workers: int) -> Prefetch | None:
    """The threads that are ahead of the converter that `execute` is a preprocessor of, started at its first notebook.

    None where there is nothing to be ahead of, or where a notebook may read files that nbgrader puts beside it only
    when its turn has come: without a sandbox, or with data files.
    """
    converter = getattr(execute.parent, "parent", None)
    if isinstance(getattr(converter, "parent", None), Application):
        listen()  # nbgrader's own command: this process is for nothing else
    data = execute.config.SandboxProvisioner.get("data_files") if "SandboxProvisioner" in execute.config else None
    if not isinstance(converter, Autograde) or execute.kernel != KERNEL or data or workers < 1:
        return None
    if converter not in _known:
        notebooks = notebooks_to_come(converter, resources["nbgrader"]["student"])
        many = len(converter.assignments) > 1
        key = course_key(Path.cwd())
        _known[converter] = Prefetch(notebooks, working(type(execute), execute.config, key), workers) if many else None
    return _known[converter]


def working(execute: type, config: Any, key: bytes) -> Callable[[NotebookNode, Stop], NotebookNode]:
    """A function that executes and judges a notebook on its own, as nbgrader's preprocessors would."""

    def work(notebook: NotebookNode, stop: Stop) -> NotebookNode:
        with tempfile.TemporaryDirectory() as folder:
            one = execute(config=config)
            one.stop = stop
            done: NotebookNode
            done, resources = one.executed(notebook, {"metadata": {"path": folder}})
        judge(done, resources, key, Judge(config=config).partial_credit, stop.calls)
        stop.check()
        return done

    return work


def notebooks_to_come(converter: Autograde, student: str) -> Iterator[NotebookNode | None]:
    """The notebooks from that student's on, as nbgrader will have them; None where it will have none of ours."""
    folders = [Path(folder) for folder in sorted(converter.assignments)]
    names = [folder.parent.name for folder in folders]
    labs: dict[str, tuple[LabFiles, dict[str, str]]] = {}
    for folder in folders[names.index(student) :] if student in names else []:
        written = Path(converter.coursedir.format_path(converter.coursedir.autograded_directory, *folder.parts[-2:]))
        # what has been graded is graded again only on request
        if folder.parent.name != student and written.exists() and not converter.force:
            continue
        try:
            if folder.name not in labs:
                found = lab_files(find_root(), folder.name, translator(LANGUAGES[0]))
                labs[folder.name] = found, locked_texts(converter.coursedir.db_url, folder.name)
            lab, texts = labs[folder.name]
            rebuilt = submission(folder.parents[1], folder.parent.name, lab)
            yield nbformat.from_dict(with_hidden_tests(rebuilt, texts))
        except (CourseError, OSError, LookupError):
            yield None


def locked_texts(db_url: str, lab: str) -> dict[str, str]:
    """The texts of a lab's locked cells by grade_id, hidden tests included, as its gradebook has them."""
    with Gradebook(db_url) as gradebook:
        cells = gradebook.find_notebook(lab, lab).source_cells
        return {cell.name: cell.source for cell in cells if cell.locked}
