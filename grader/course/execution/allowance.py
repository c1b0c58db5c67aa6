"""What one notebook may take of the grader's time and memory, in all its cells and however often its kernel is started.

Each cell has limits of its own; a notebook of a thousand cells just below them would hold up a class, or fill the
memory that all submissions share.
"""

import time
from dataclasses import dataclass, field

from nbformat import NotebookNode

MOST_SHOWN = 20 << 20  # characters of outputs that are kept, as many as a submission may have
MOST_RECORDED = 32 << 20  # characters of records, a hundred times what a notebook needs


@dataclass
class Allowance:
    """What is left to a notebook."""

    seconds: float
    bytes: int
    shown: int = MOST_SHOWN
    recorded: int = MOST_RECORDED
    _began: float = field(default_factory=time.monotonic)
    _most: int = field(init=False)

    def __post_init__(self) -> None:
        self._most = self.bytes

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._began + self.seconds - time.monotonic())

    @property
    def spent(self) -> str:
        """What of its time or its bytes is used up; nothing where there is more."""
        if not self.seconds_left:
            return f"> {self.seconds:g} s"
        return f"> {self._most >> 20} MB" if self.bytes <= 0 else ""

    def shows(self, outputs: list[NotebookNode]) -> bool:
        """Whether these outputs can be kept beside those that are kept already."""
        size = sum(_size(output) for output in outputs)
        if size > self.shown:
            return False
        self.shown -= size
        return True

    def records(self, size: int) -> bool:
        """Whether records of that size can be kept beside those that are kept already."""
        if size > self.recorded:
            return False
        self.recorded -= size
        return True


def _size(output: NotebookNode) -> int:
    alone = (output.get("text", ""), output.get("evalue", ""))
    return sum(map(len, [*alone, *output.get("traceback", []), *output.get("data", {}).values()]))
