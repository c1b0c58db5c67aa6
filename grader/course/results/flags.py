"""What is worth saying about a submission besides its points: one stable key, one text."""

from dataclasses import dataclass

from grader.course.language import N_, Translate

TEXTS = {
    # A notebook with one of these can't be read, and gets no points.
    "bad-name": N_(
        "the folder's name can't serve as a student's id: use letters, digits, dots, dashes and underscores"
    ),
    "no-notebook": N_("there is no notebook {subject} in the student's folder: ask for it again"),
    "notebook-elsewhere": N_(
        "the notebook isn't where it belongs, but there is {subject}: if that is the one, "
        "put it at LAB/LAB.ipynb in the student's folder and grade again"
    ),
    "not-a-file": N_("{subject} is a link or a special file, not a notebook: ask for the notebook itself"),
    "no-access": N_("{subject} can't be opened: check its permissions"),
    "too-large": N_("the notebook is larger than {subject}: ask for it again with its outputs cleared"),
    "not-json": N_("the file is not a Jupyter notebook (not JSON in UTF-8, {subject}): ask for the .ipynb file"),
    "not-a-notebook": N_("the file is JSON but not a Jupyter notebook: {subject}"),
    "old-format": N_(
        "the notebook is in format {subject}, the course uses format 4: "
        "open it in JupyterLab, save it and hand it in again"
    ),
    "no-tasks": N_("the notebook has none of this lab's task cells: is it another lab's notebook?"),
    # A notebook with this was not run to its end: the instructor has to look.
    "not-run": N_("the notebook could not be run to its end: {subject}"),
    # The others are graded; these say what the intake put right.
    "no-course-metadata": N_(
        "the notebook's metadata doesn't name its language, which was told from its text: {subject}"
    ),
    "locked-cell-missing": N_("the locked cell {subject} was missing and has been put back"),
    "locked-cell-edited": N_("the locked cell {subject} was changed and has been put back"),
    "locked-cell-duplicated": N_("the locked cell {subject} occurs more than once: one is kept"),
    "cell-retyped": N_("the cell {subject} was of another kind (code, text) and has its own again"),
    "cell-metadata-changed": N_("the points, marks or tags of the cell {subject} were changed: they don't count"),
    "solution-cell-missing": N_("the cell for the answer of {subject} is missing"),
    "solution-cell-duplicated": N_(
        "{subject} is answered in more than one cell: the last one that isn't empty is graded"
    ),
    "kernel-ended": N_(
        "the cell {subject} ended the kernel (it left the process, used up the memory or "
        "could not be stopped): the rest was graded without it"
    ),
    "own-error": N_(
        "the grader itself failed, which is no fault of the student's ({subject}): see the log, grade again"
    ),
    "no-sandbox": N_("student code ran without a sandbox, with the grader's rights"),
    "files-ignored": N_("files beside the notebook were left out: {subject}"),
    # Only the class report says these.
    "time-out": N_("the check of {subject} took too long and was stopped"),
    "identical-work": N_(
        "unusual code of this submission stands in another one too ({subject} under similar work): "
        "a lead, not a verdict"
    ),
}

# What a student reads in place of the first ones, at the top of the own page, where no points are.
TO_STUDENTS = {
    "no-notebook": N_("Nothing was graded: there is no {subject} among what you handed in. Hand it in again."),
    "notebook-elsewhere": N_(
        "Nothing was graded: your notebook has another name or lies in another place ({subject}). "
        "Ask your instructor to put it where it belongs, or hand it in again under the name that it came with."
    ),
    "not-a-file": N_("Nothing was graded: {subject} is a link or a special file. Hand in the notebook itself."),
    "no-access": N_("Nothing was graded: {subject} can't be opened. Hand it in again, readable by others."),
    "too-large": N_(
        "Nothing was graded: your notebook is larger than {subject}. Clear its outputs, save it and hand it in again."
    ),
    "not-json": N_(
        "Nothing was graded: your file is not a Jupyter notebook (not JSON in UTF-8, {subject}). "
        "Hand in the .ipynb file itself."
    ),
    "not-a-notebook": N_("Nothing was graded: your file is JSON, but not a Jupyter notebook: {subject}."),
    "old-format": N_(
        "Nothing was graded: your notebook is in format {subject}, the course uses format 4. "
        "Open it in JupyterLab, save it and hand it in again."
    ),
    "no-tasks": N_(
        "Nothing was graded: your notebook has none of this lab's task cells. Did you hand in another lab's notebook?"
    ),
}


def printable(text: str) -> str:
    """The text as any terminal and any file takes it: what steers a terminal, or is half a letter, becomes `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


@dataclass(frozen=True)
class Flag:
    """One remark: `key` is stable and English, `subject` names a cell, a file or a value."""

    key: str
    subject: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", printable(self.subject))

    def __str__(self) -> str:
        return f"{self.key}: {self.subject}" if self.subject else self.key

    def text(self, translate: Translate) -> str:
        """The remark as a sentence for a person."""
        return translate(TEXTS[self.key]).format(subject=self.subject)

    def to_student(self, translate: Translate) -> str:
        """Why nothing was graded, as sentences for the student."""
        return translate(TO_STUDENTS.get(self.key, TEXTS[self.key])).format(subject=self.subject)


class Unreadable(Exception):
    """A submission that can't be read; `flag` says why."""

    def __init__(self, key: str, subject: str = "") -> None:
        self.flag = Flag(key, subject)
        super().__init__(str(self.flag))
