"""Submissions whose notebook, or whose folder, is the attack: no code has to run for it."""

from __future__ import annotations

import copy
import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

from tests.hostile.classroom import HONEST, KEY, LAB, SECRET, Course, Entry, Notebook, cell_of, write

NAME = f"{LAB}.ipynb"
Change = Callable[[Notebook], object]
SCRIPT = "<script>alert('canary-script')</script>"


def changed(change: Change) -> Callable[[Course, Path], None]:
    """The wrong notebook, with this done to it."""

    def hand_in(course: Course, folder: Path) -> None:
        notebook = course.solved()
        change(notebook)
        write(folder / NAME, notebook)

    return hand_in


def raw(content: bytes) -> Callable[[Course, Path], None]:
    """A file with these bytes."""

    def hand_in(_: Course, folder: Path) -> None:
        (folder / NAME).write_bytes(content)

    return hand_in


def rewritten(change: Callable[[str], str]) -> Callable[[Course, Path], None]:
    """The wrong notebook, its JSON text changed."""

    def hand_in(course: Course, folder: Path) -> None:
        (folder / NAME).write_bytes(change(json.dumps(course.solved(), indent=1)).encode())

    return hand_in


def placed(place: Callable[[Course, Path], object]) -> Callable[[Course, Path], None]:
    """The wrong notebook, and something beside it in the folder."""

    def hand_in(course: Course, folder: Path) -> None:
        write(folder / NAME, course.solved())
        place(course, folder)

    return hand_in


def check(notebook: Notebook) -> Notebook:
    return cell_of(notebook, "manual-forward")


def mark(notebook: Notebook) -> Notebook:
    return check(notebook)["metadata"]["nbgrader"]


def twice(notebook: Notebook, grade_id: str, **changes: object) -> None:
    cells = notebook["cells"]
    cell = cell_of(notebook, grade_id)
    cells.insert(cells.index(cell), copy.deepcopy(cell) | {"id": "again"} | changes)


def answered(text: str, **more: object) -> Change:
    """A written answer."""
    return lambda notebook: cell_of(notebook, "fp32-conclusion").update(source=text, **more)


def other_lab(_: Course, folder: Path) -> None:
    cell = {"cell_type": "code", "id": "x", "metadata": {"nbgrader": {"grade_id": "sorting", "grade": True, "solution": False, "locked": True, "points": 5, "schema_version": 3, "task": False, "cell_type": "code"}}, "outputs": [], "execution_count": None, "source": "100"}  # fmt: skip
    write(folder / NAME, {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def device(_: Course, folder: Path) -> None:
    """A device without end, where this user may make one; else a link to one."""
    try:
        os.mknod(folder / NAME, 0o20666, os.makedev(1, 5))
    except OSError:
        (folder / NAME).symlink_to("/dev/zero")


def listening(_: Course, folder: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(NAME)
    finally:
        os.chdir(here)


def many_files(_: Course, folder: Path) -> None:
    for number in range(3000):
        (folder / f"{number}.txt").touch()


def sparse(_: Course, folder: Path) -> None:
    with (folder / NAME).open("wb") as file:
        file.truncate(100 << 20)


def nested(levels: int) -> bytes:
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * levels + b"]" * levels + b"}"


UNREADABLE = (
    Entry("a symbolic link to the honest student's notebook", lambda c, f: (f / NAME).symlink_to(c.folder(HONEST) / NAME), flag="not-a-file", stock="2 points"),
    Entry("a symbolic link to the solution", lambda c, f: (f / NAME).symlink_to(c.root / "solutions/en/linear/linear.ipynb"), flag="not-a-file", stock="2 points"),
    Entry("a symbolic link to itself", lambda c, f: (f / NAME).symlink_to(f / NAME), flag="not-a-file"),
    Entry("a symbolic link to the gradebook", lambda c, f: (f / NAME).symlink_to(c.root / "gradebook.db"), flag="not-a-file"),
    Entry("a named pipe", lambda c, f: os.mkfifo(f / NAME), flag="not-a-file"),
    Entry("a socket", listening, flag="not-a-file"),
    Entry("a device without end", device, flag="not-a-file"),
    Entry("a folder", lambda c, f: (f / NAME).mkdir(), flag="not-a-file"),
    Entry("an empty file", raw(b""), flag="not-json"),
    Entry("binary rubbish", raw(bytes(range(256)) * 40), flag="not-json"),
    Entry("a file of 100 MB", sparse, flag="too-large"),
    Entry("JSON 200 000 lists deep", raw(nested(200_000)), flag="not-json"),
    Entry("JSON 900 lists deep", raw(nested(900)), flag="not-a-notebook"),
    Entry("a number that JSON has no word for", raw(b'{"nbformat": NaN, "cells": []}'), flag="old-format"),
    Entry("two million lists", raw(b'{"nbformat": 4, "cells": [' + b"[]," * 2_100_000 + b"[]]}"), flag="too-large"),
    Entry("a number of a million digits", raw(b'{"nbformat": ' + b"9" * 1_000_000 + b"}"), flag="not-json"),
    Entry("HTML for a format's number", raw(json.dumps({"nbformat": "<script src=//a.b>", "cells": []}).encode()), flag="old-format"),
    Entry("Markdown for a format's number", raw(json.dumps({"nbformat": "[x](javascript:a())", "cells": []}).encode()), flag="old-format"),
    Entry("a list for a notebook", raw(b"[]"), flag="not-a-notebook"),
    Entry("cells that are numbers", raw(b'{"nbformat": 4, "cells": [1, 2]}'), flag="not-a-notebook"),
    Entry("a thousand and one cells", changed(lambda n: n["cells"].extend([copy.deepcopy(n["cells"][0]) for _ in range(1001)])), flag="not-a-notebook"),
    Entry("the notebook of another lab", other_lab, flag="no-tasks"),
    Entry("another language's notebook", raw(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "cells": [{"cell_type": "code", "id": "r", "metadata": {}, "outputs": [], "execution_count": None, "source": "x <- 1"}]}).encode()), flag="no-tasks"),
)  # fmt: skip

NOTEBOOKS = (
    Entry("a locked cell that is skipped", changed(lambda n: check(n)["metadata"].update(tags=["skip-execution"])), flag="cell-metadata-changed: manual.forward", stock="2 points"),
    Entry("a locked cell that may raise", changed(lambda n: check(n)["metadata"].update(tags=["raises-exception"])), flag="cell-metadata-changed: manual.forward"),
    Entry("a locked cell that is text", changed(lambda n: check(n).update(cell_type="markdown")), flag="cell-retyped: manual.forward"),
    Entry("a locked cell that is raw", changed(lambda n: check(n).update(cell_type="raw")), flag="cell-retyped: manual.forward"),
    Entry("a locked cell that is gone", changed(lambda n: n["cells"].remove(check(n))), flag="locked-cell-missing: manual.forward"),
    Entry("a locked cell that is empty", changed(lambda n: check(n).update(source="")), flag="locked-cell-edited: manual.forward"),
    Entry("a locked cell twice", changed(lambda n: twice(n, "manual-forward", source="100")), flag="locked-cell-duplicated: manual.forward"),
    Entry("a solution cell twice", changed(lambda n: twice(n, "solution-manual-forward", source="pass")), flag="solution-cell-duplicated: manual.forward"),
    Entry("a solution cell that is graded", changed(lambda n: cell_of(n, "solution-manual-forward")["metadata"]["nbgrader"].update(grade=True, points=100)), flag="cell-metadata-changed: manual.forward"),
    Entry("a grade cell that is a solution", changed(lambda n: mark(n).update(solution=True)), flag="cell-metadata-changed: manual.forward"),
    Entry("a grade cell worth a thousand points", changed(lambda n: mark(n).update(points=1000)), flag="cell-metadata-changed: manual.forward"),
    Entry("a grade cell worth minus one", changed(lambda n: mark(n).update(points=-1)), flag="cell-metadata-changed: manual.forward"),
    Entry("a grade cell that isn't locked", changed(lambda n: mark(n).update(locked=False)), flag="cell-metadata-changed: manual.forward"),
    Entry("nbgrader's format of the past", changed(lambda n: mark(n).update(schema_version=1)), flag="cell-metadata-changed: manual.forward", stock="stops"),
    Entry("nbgrader's format of the future", changed(lambda n: mark(n).update(schema_version=99)), flag="cell-metadata-changed: manual.forward", stock="stops"),
    Entry("marks that are no marks", changed(lambda n: check(n)["metadata"].update(nbgrader=[1, 2])), flag="locked-cell-missing: manual.forward"),
    Entry("names that are no names", changed(lambda n: mark(n).update(grade_id={"a": 1})), flag="locked-cell-missing: manual.forward"),
    Entry("a graded cell of the student's own", changed(lambda n: n["cells"].append(copy.deepcopy(check(n)) | {"id": "mine", "source": "100", "metadata": {"nbgrader": mark(n) | {"grade_id": "gift", "points": 50}}}))),
    Entry("a score in the metadata", changed(lambda n: n["metadata"].update(nbgrader={"score": 45}))),
    Entry("a kernel that doesn't exist", changed(lambda n: n["metadata"].update(kernelspec={"name": "none", "display_name": "x", "language": "R"}))),
    Entry("a plain kernel without a sandbox", changed(lambda n: n["metadata"].update(kernelspec={"name": "python3", "display_name": "x", "language": "python"}))),
    Entry("a title that is HTML", changed(lambda n: n["metadata"].update(title=SCRIPT, authors=[{"name": SCRIPT}]))),
    Entry("the metadata of a course that has no such language", changed(lambda n: n["metadata"].update(course={"language": "../../x", "flags": ["x"], "lab": "none"})), flag="no-course-metadata"),
    Entry("widgets in the metadata", changed(lambda n: n["metadata"].update(widgets={"application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": SCRIPT}}}}))),
    Entry("outputs that say full points", changed(lambda n: check(n).update(outputs=[{"output_type": "execute_result", "data": {"text/plain": "100", "text/html": SCRIPT}, "metadata": {}, "execution_count": 1}], execution_count=SCRIPT))),
    Entry("a byte order mark and the line ends of Windows", rewritten(lambda text: "\ufeff" + text.replace("\n", "\r\n"))),
    Entry("keys that occur twice", rewritten(lambda text: text[:-1] + ', "metadata": {"course": 5}, "nbformat": 4.0, "nbformat_minor": "99"}'), flag="no-course-metadata"),
    Entry("numbers beyond all bounds", changed(lambda n: [n["metadata"].update(x=float("nan"), y=1e999, z=-(10**4000)), n.update(nbformat_minor=-1), [c.update(execution_count=10**4000) for c in n["cells"]]])),
    Entry("the same id for every cell", changed(lambda n: [cell.update(id="same") for cell in n["cells"]])),
    Entry("each cell under the next one's id", changed(lambda n: [cell.update(id=other) for cell, other in zip(n["cells"], [c["id"] for c in n["cells"]][1:], strict=False)])),
    Entry("cells without metadata", changed(lambda n: [cell.update(metadata=None, outputs=None) for cell in n["cells"]]), flag="locked-cell-missing: manual.forward"),
    Entry("a cell whose kind and id are 800 lists deep", changed(lambda n: n["cells"].append({"cell_type": json.loads("[" * 800 + "]" * 800), "id": json.loads("[" * 800 + "]" * 800), "source": "1"}))),
    Entry("half of a letter in the text", changed(lambda n: cell_of(n, "solution-manual-forward").update(source="%%task manual.forward\nY = X @ W.T  # \ud800"))),
    Entry("cell ids that are HTML", changed(lambda n: [cell.update(id=SCRIPT) for cell in n["cells"]])),
    Entry("HTML in the written answer", changed(answered(SCRIPT + "<img src=x onerror=alert('canary-script')>"))),
    Entry("links that run in the written answer", changed(answered("[a](javascript:alert('canary-script')) [b](&#106;avascript&colon;alert(1)) <javascript:alert(1)>\n\n[c]: JavaScript:alert(1)\n[c] $\\href{javascript:alert(1)}{x}$"))),
    Entry("a diagram that runs in the written answer", changed(answered("```mermaid\ngraph TD\nA --> B\nclick A href \"javascript:alert('canary-script')\"\n```"))),
    Entry("an attachment that is a program", changed(answered("![a](attachment:x.svg) ![b](attachment:y.png)", attachments={"x.svg": {"image/svg+xml": "<svg onload=alert('canary-script')>"}, "y.png": {"image/png": "\"><script>alert('canary-script')</script>"}}))),
    Entry("an attachment whose name is HTML", changed(answered("![a](attachment:\"><img/src=x/onerror=alert(1)>)", attachments={"\"><img/src=x/onerror=alert(1)>": {"image/png": "iVBORw0KGgo="}}))),
)  # fmt: skip

BESIDE = (
    Entry("a link to the instructor's file beside it", placed(lambda c, f: (f / "notes.txt").symlink_to(c.outside / "secret.txt")), flag="files-ignored", stock="leaks"),
    Entry("a link to a folder beside it", placed(lambda c, f: (f / "data").symlink_to(c.root)), flag="files-ignored"),
    Entry("a pipe for a time stamp", placed(lambda c, f: os.mkfifo(f / "timestamp.txt")), flag="files-ignored"),
    Entry("a link to a secret for a time stamp", placed(lambda c, f: (f / "timestamp.txt").symlink_to(c.outside / "secret.txt")), flag="files-ignored"),
    Entry("a time stamp that is no time", placed(lambda c, f: (f / "timestamp.txt").write_text("now"))),
    Entry("a time stamp that no arithmetic takes", placed(lambda c, f: (f / "timestamp.txt").write_text("1:" + "9" * 40))),
    Entry("a pipe beside it", placed(lambda c, f: os.mkfifo(f / "data.csv")), flag="files-ignored", stock="no grade"),
    Entry("a broken link beside it", placed(lambda c, f: (f / "data.csv").symlink_to("/nowhere")), flag="files-ignored", stock="no grade"),
    Entry("a hard link to the instructor's file beside it", placed(lambda c, f: (f / "data.csv").hardlink_to(c.outside / "secret.txt")), flag="files-ignored", stock="leaks"),
    Entry("a torch of the student's own beside it", placed(lambda c, f: (f / "torch.py").write_text("def __getattr__(name): raise SystemExit")), flag="files-ignored"),
    Entry("a grader of the student's own beside it", placed(lambda c, f: [(f / "grader").mkdir(), (f / "grader" / "__init__.py").write_text("1/0")]), flag="files-ignored"),
    Entry("a start-up file beside it", placed(lambda c, f: [(f / name).write_text("import os; os._exit(3)") for name in ("sitecustomize.py", "usercustomize.py", "ipython_config.py", "nbgrader_config.py")]), flag="files-ignored"),
    Entry("three thousand files beside it", placed(many_files), flag="files-ignored"),
    Entry("file names that steer a terminal", placed(lambda c, f: [(f / "\x1b]0;canary\x07\n<script>").touch(), (f / os.fsdecode(b"\xff\xfe")).touch()]), flag="files-ignored"),
    Entry("another notebook beside it", placed(lambda c, f: write(f / "other.ipynb", c.solved())), flag="files-ignored"),
    Entry("a folder that nobody may open beside it", placed(lambda c, f: (f / "closed").mkdir(mode=0)), flag="files-ignored"),
)  # fmt: skip

# folders of students that can't be anybody's name; each holds the honest notebook
BAD_NAMES = ("new\nline", "<img src=x onerror=alert(1)>", "[/red]", "[bold]x", "\x1b[31mred", os.fsdecode(b"\xff\xfe"), "a*", "a?[b]", "{student}", "-rf", "'; drop table student; --", "x" * 120, "‮gnitset")  # fmt: skip
ODD_NAMES = ("Ёлкина Мария", "o.brien@example.org", "名前", "a" * 100)

# what must not stand in any page: a secret, or an attacker's text where it runs
LIVE = re.compile(
    rf"{SECRET}|{KEY}|" + r"""<script>alert|<(img|svg)[^>]*\bon(error|load)|href="\s*(javascript|vbscript):|"""
    r"""<script src=//|class="mermaid\"""",
    re.IGNORECASE,
)
