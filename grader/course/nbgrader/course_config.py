"""A course folder's own nbgrader_config.py: made where there is none, read where `grader grade` works in the folder."""

from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.course.errors import CourseError
from grader.course.judging.judge_preprocessor import Judge
from grader.course.language import Translate
from grader.course.nbgrader.plug_in import kernel, plug_in

NAME = "nbgrader_config.py"
COURSE_ID = "tensor_parallelism"
CONFIG = f'''from grader.course.nbgrader.plug_in import plug_in

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "{COURSE_ID}"
plug_in(c)

# Part of a task's points, with the message, where a known mistake alone is what is wrong:
# c.Judge.partial_credit = {{"factor-two-missing": 0.5}}
'''


def make_config(folder: Path) -> None:
    """The folder has a configuration file; one that is there is the instructor's."""
    if not (folder / NAME).exists():
        (folder / NAME).write_text(CONFIG, encoding="utf-8")


def read_config(folder: Path, sandbox: bool | None) -> Config:
    """What the folder's file says; whether there is a sandbox is said by `sandbox`, as in `plug_in`."""
    if (folder / NAME).is_file():
        config: Config = PyFileConfigLoader(NAME, path=str(folder)).load_config()
    else:
        config = Config()
        plug_in(config, sandbox)
    config.CarefulExecute.kernel = kernel(sandbox)
    return config


def look_over_config(folder: Path, _: Translate) -> None:
    """The folder's file can be read, and what it says of points means something. Raises CourseError: it can't, or
    doesn't."""
    try:
        Judge(config=read_config(folder, None))
    except Exception as problem:
        why = " ".join(str(problem).split()) or type(problem).__name__
        raise CourseError(
            _("{file} can't be used: {why}. Put it right, or delete it and a new one is made."),
            file=folder / NAME, why=why.rstrip("."),
        ) from None  # fmt: skip
