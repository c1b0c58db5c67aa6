"""The notebook that students get: made by nbgrader's own generate_assignment."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.authoring.notebook import Notebook, to_bytes

COURSE_ID = "tensor_parallelism"
CODE_STUB = {
    "en": "# YOUR CODE HERE\nraise NotImplementedError()",
    "ru": "# ВАШ КОД\nraise NotImplementedError()",
}
MINUTES = 5


class ReleaseError(Exception):
    """nbgrader refused to make an assignment of a notebook; the message has its own last words."""


def release_notebook(solution: Notebook, lab: str, language: str) -> Notebook:
    """The assignment that generate_assignment makes of a solution notebook. Raises ReleaseError: nbgrader refuses."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder).resolve() / "course"
        source = course / "source" / lab / f"{lab}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_bytes(to_bytes(solution))
        _generate_assignment(course, lab, language)
        released = course / "release" / lab / f"{lab}.ipynb"
        notebook: Notebook = json.loads(released.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook


def _generate_assignment(course: Path, lab: str, language: str) -> None:
    # In a process of its own: nbgrader changes the working directory. Without a gradebook: the notebook
    # comes out the same, in half the time.
    environment = dict(os.environ)
    # Nothing of the person's own Jupyter settings may reach the notebooks that everybody gets.
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        environment[name] = str(course.parent / name.lower())
    environment["JUPYTER_NO_CONFIG"] = "1"
    (course / "nbgrader_config.py").write_text(_config(language), encoding="utf-8")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", lab, "--force", "--no-db"]
    try:
        done = subprocess.run(
            command, cwd=course, env=environment, capture_output=True, text=True, timeout=60 * MINUTES, check=False
        )
    except subprocess.TimeoutExpired:
        raise ReleaseError(f"nbgrader generate_assignment took more than {MINUTES} minutes") from None
    if done.returncode:
        raise ReleaseError(_last_words(done.stderr))


def _config(language: str) -> str:
    stub = CODE_STUB.get(language, CODE_STUB["en"])
    return (
        "c = get_config()\n"
        'c.CourseDirectory.root = "."\n'
        f'c.CourseDirectory.course_id = "{COURSE_ID}"\n'
        f"c.ClearSolutions.code_stub = {{'python': {stub!r}}}\n"
    )


def _last_words(log: str) -> str:
    said = [line for line in log.splitlines() if "ERROR" in line and "Traceback" not in line]
    said = said or [line for line in log.splitlines() if line.strip()][-1:]
    return "nbgrader generate_assignment: " + (said[0].strip() if said else "failed without a message")
