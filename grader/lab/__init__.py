"""What a lab may import: the words that it is written in. See docs/labs.md."""

from grader.lab.case import CHUNK, FLOOR, Case, Values
from grader.lab.drawing import integers, numbers, of_values, tokens
from grader.lab.everywhere import EVERYWHERE
from grader.lab.gradients import gradients
from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message
from grader.lab.mistake import LOW_PRECISIONS, Made, Mistake, Situation, Variant, bound, each, each_wrong, one, several
from grader.lab.rule import Limits, Rule
from grader.lab.section import RANKS, Section
from grader.lab.sums import explained_sum
from grader.lab.task import Signature, Task
from grader.lab.values import Expected
from grader.lab.variables import Naming, Role, Var
from grader.lab.what_if import Model, WhatIf

__all__ = [
    "CHUNK", "EVERYWHERE", "FLOOR", "LOW_PRECISIONS", "N_", "RANKS", "Case", "Expected", "Lab", "Limits", "Made",
    "Message", "Mistake", "Model", "Naming", "Role", "Rule", "Section", "Signature", "Situation", "Task", "Values",
    "Var", "Variant", "WhatIf", "bound", "each", "each_wrong", "explained_sum", "gradients", "integers", "message",
    "numbers", "of_values", "one", "several", "tokens",
]  # fmt: skip
