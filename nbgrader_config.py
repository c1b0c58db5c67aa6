"""Where stock nbgrader finds the course when its commands run in this folder, and how it grades it."""

from grader.course.nbgrader.plug_in import plug_in

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "tensor_parallelism"
c.CourseDirectory.source_directory = "solutions/en"
c.CourseDirectory.release_directory = "assignments/en"
plug_in(c)
