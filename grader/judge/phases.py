"""What can be read off a recorded phase alone, before it is replayed."""

import re

from grader.judge.trace import CONSTANT, Phase, Special

CASTS = ("aten._to_copy", "aten.to.")


def builds_on_earlier(*phases: Phase) -> bool:
    """Whether phases use a tensor that none of them makes or is given."""
    known: set[int] = set()
    for phase in phases:
        known.update(given.slot for _, given in phase.inputs)
        for node in phase.nodes:
            if any(slot not in known for slot in node.reads):
                return True
            known.update(slot for slot in node.outputs if slot is not None)
        if any(slot not in known for _, slot in phase.outputs):
            return True
    return False


def takes_numbers_out(phase: Phase) -> bool:
    """Whether a cell takes numbers out of tensors and puts some into new ones."""
    made_anew = [node.code for node in phase.nodes if node.operation == CONSTANT]
    taken_out = (node.code for node in phase.nodes if node.operation == "aten._local_scalar_dense.default")
    # an optimizer takes its step count out, which is no affair of the student's; torch.Tensor([...]) does so unseen
    return any("torch.Tensor([" in code for code in made_anew) or (
        bool(made_anew) and any(re.search(r"\.item\(|float\(|int\(", code) for code in taken_out)
    )


def stays_in_fp32(phase: Phase | None) -> bool:
    """Whether a cell casts to float32, or makes tensors of that dtype by name, and never casts back: written for single
    precision, and to be examined in it."""
    if phase is None:
        return False
    return _names_dtype(phase, "float32") and not _names_dtype(phase, "float64", CASTS)


def _names_dtype(phase: Phase, dtype: str, operations: tuple[str, ...] = ("aten.",)) -> bool:
    """Whether a cell asks for a dtype by name, in an operation whose name begins so."""
    wanted = Special("dtype", dtype)
    return any(
        wanted in node.args or any(argument == wanted for _, argument in node.kwargs)
        for node in phase.nodes
        if node.operation.startswith(operations)
    )
