"""Where `plug_in` was: course folders made before have this import in their nbgrader_config.py."""

from grader.course.nbgrader.plug_in import plug_in

__all__ = ["plug_in"]
