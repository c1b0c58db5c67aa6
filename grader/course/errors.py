"""The error that a person at the command line reads."""


class CourseError(Exception):
    """Something that the person can put right; the message is one line that says how, with its facts filled in."""

    def __init__(self, said: object, /, **facts: object) -> None:
        super().__init__(str(said).format(**facts) if facts else said)
