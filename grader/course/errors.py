"""The error that a person at the command line reads."""


class CourseError(Exception):
    """Something that the person can put right; the message is one line that says how."""
