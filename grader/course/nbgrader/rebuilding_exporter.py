"""How autograde reads a submission: warily, and rebuilt on the released notebook.

nbgrader's converters read and write notebooks through an exporter, which is theirs to choose
(`Autograde.exporter_class`). This one opens a submission without following links, with a limit of
size, and hands on the released notebook with the student's texts in it. What can't be read becomes
an untouched notebook that says why. Files beside a notebook aren't copied: autograde would follow
links and wait at named pipes.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from grader.course.errors import CourseError
from grader.course.intake.harmless_prose import harmless
from grader.course.intake.lab_files import LabFiles, find_root, lab_files
from grader.course.intake.rebuild import Notebook, take_in
from grader.course.intake.submitted_folder import STUDENT_ID, read_notebook, read_notes
from grader.course.language import LANGUAGES, translator
from grader.course.nbgrader.gradebook_dialect import shared
from grader.course.results.flags import Flag, Unreadable

REBUILT = "rebuilt"  # in nbconvert's resources: true where the notebook's frame is the released one


class NotebooksOnlyDirectory(CourseDirectory):  # type: ignore[misc]
    """A course directory of whose submissions only notebooks are copied, and time stamps read with care."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ignore = ["*"]

    def get_existing_timestamp(self, dest_path: str) -> Any:
        """When the folder's work was handed in; None where nothing says so."""
        noted = read_notes(Path(dest_path)).get("timestamp.txt", b"").decode("utf-8", "replace").strip()
        try:
            return parse_utc(noted) if noted else None
        except Exception:  # a student may have written it, and what its parser doesn't take it says in many ways
            self.log.warning("Not a time: %s", Path(dest_path, "timestamp.txt"))
            return None


class RebuildingExporter(NotebookExporter):
    """A NotebookExporter that rebuilds what it reads from the submitted directory."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._sanitized: tuple[str, Any] = "", None
        self._labs: dict[str, LabFiles] = {}
        converter: Any = self.parent
        if isinstance(getattr(converter, "coursedir", None), CourseDirectory):
            own = converter.coursedir
            settings = own.trait_values(config=True) | {"db_url": shared(own.db_url)}
            converter.coursedir = NotebooksOnlyDirectory(**settings, log=own.log)
            found = converter.assignments
            bad = [folder for folder in found if not STUDENT_ID.fullmatch(Path(folder).parent.name)]
            for folder in bad:
                self.log.error("%r is left out: it can't serve as a student's id.", Path(folder).parent.name)
            converter.assignments = {folder: found[folder] for folder in found if folder not in bad}

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The notebook as nbgrader goes on with it.

        Autograde asks twice: for what was submitted, and for what it wrote of that. Where that is what it got from
        here, it is not read again.
        """
        path = Path(filename)
        metadata = ResourcesDict(name=path.stem, path=str(path.parent))
        resources = ResourcesDict(output_extension=self.file_extension, **(resources or {}), metadata=metadata)
        lab = self._lab(path)
        if lab is not None:
            notebook = nbformat.from_dict(submission(path.parents[2], path.parents[1].name, lab))
            # nbgrader's release_feedback looks for these beside the notebook
            resources["outputs"] = {**resources.get("outputs", {}), **read_notes(path.parent)}
            notebook, resources = self._preprocessed(notebook, resources)
            text = json.dumps(notebook, ensure_ascii=False)
            self._sanitized = text, notebook
            return text, resources
        text, notebook = self._sanitized
        if text and path.read_text(encoding="utf-8") == text:
            self._sanitized = "", None
            notebook, resources = self._preprocessed(notebook, resources)
            nbformat.validate(notebook, relax_add_props=True)
            return nbformat.v4.writes(notebook) + "\n", resources
        return super().from_filename(filename, {**resources, REBUILT: False}, **options)

    def _preprocessed(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """What the preprocessors make of a notebook that we rebuilt and nobody else has: it isn't copied for each."""
        resources[REBUILT] = True
        for preprocessor in self._preprocessors:
            notebook, resources = preprocessor(notebook, resources)
        return notebook, resources

    def _lab(self, path: Path) -> LabFiles | None:
        """The lab of a file that is a submission; None for another lab's, or what autograde itself wrote."""
        course: Any = getattr(self.parent, "coursedir")  # noqa: B009
        written = Path(course.root, course.autograded_directory).resolve()
        if path.resolve().is_relative_to(written) or path.stem != path.parent.name:
            return None
        try:
            if path.stem not in self._labs:
                self._labs[path.stem] = lab_files(find_root(), path.stem, translator(LANGUAGES[0]))
            return self._labs[path.stem]
        except CourseError:
            return None


def submission(submitted: Path, student: str, lab: LabFiles) -> Notebook:
    """A student's notebook to run; its metadata name what was odd about it."""
    try:
        raw, flags = read_notebook(submitted, student, lab.lab)
        intake = take_in(raw, lab.released)
        if intake.notebook is None:
            raise Unreadable(intake.flags[0].key, intake.flags[0].subject)
    except Unreadable as problem:
        return untouched(lab, problem.flag)
    return flagged(intake.notebook, [*intake.flags, *flags])


def untouched(lab: LabFiles, flag: Flag) -> Notebook:
    """The released notebook under a cell that tells the student why the submission could not be read."""
    notebook = deepcopy(lab.released[LANGUAGES[0]])
    text = "\n\n".join(f"**{harmless(flag.to_student(translator(language)))}**" for language in LANGUAGES)
    note = {"cell_type": "markdown", "id": "grader-note", "metadata": {}, "source": text}
    notebook["cells"].insert(0, note)
    return flagged(notebook, [flag])


def flagged(notebook: Notebook, flags: list[Flag]) -> Notebook:
    """The notebook with its flags in its metadata."""
    notebook["metadata"].setdefault("course", {})["intake"] = [str(flag) for flag in flags]
    return notebook
