"""Numbers that a cell changes where no operation is seen, so that its record says one thing and its tensors another."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

from grader.bench.decoys import Decoys
from grader.judge.phases import builds_on_earlier
from grader.judge.replay import replay_phase
from grader.judge.trace import LEAVES, Phase
from grader.lab.messages import N_, Message, message
from grader.lab.variables import as_written

ROUNDING = 1e-4


def changed_outside(
    phase: Phase,
    given: Decoys,
    inputs: Mapping[str, Tensor],
    made: Mapping[str, Tensor],
    updates: Collection[str],
) -> Message | None:
    """What to say of a cell that changed numbers outside torch (numpy, a function for each number, raw memory): its
    phase, replayed on the decoys, is right where what it `made` is wrong, or the other way round, or leaves alone an
    input that it changed. None where there is no such thing, or where the phase can't be replayed by itself."""
    if phase.error is not None or phase.problems or builds_on_earlier(phase):
        return None
    again = {name: tensor.clone() for name, tensor in given.inputs.items()}
    with torch.no_grad(), torch._C.DisableTorchFunction():
        try:
            said = replay_phase(phase, again, {}, next(iter(again.values())).device)
            changed = [
                name for name, want in given.wanted.items()
                if name in said and want.is_met_by(said[name]) != want.is_met_by(made[name])
            ]  # fmt: skip
            kept = [name for name in inputs if name not in updates]
            changed += [name for name in kept if not _alike(inputs[name], again[name])]
        except Exception:  # what can't be replayed here is the judge's to say
            return None
    if not changed:
        return None
    return message(
        N_("{name}: numbers were changed outside torch (numpy, a function for each number, raw memory), where nobody "
           "can follow them: use torch operations"),
        name=as_written(changed[0]),
    )  # fmt: skip


def _alike(tensor: Tensor, decoy: Tensor) -> bool:
    """Whether they are the same but for rounding: an input may be what the student's earlier cell made."""
    return torch.allclose(tensor, decoy, rtol=ROUNDING, atol=ROUNDING * float(decoy.abs().max()))


def may_have_changed(phase: Phase, right: bool) -> bool:
    """Whether it is worth a look: the cell looks wrong, or numbers left torch."""
    return not right or any(node.operation == LEAVES for node in phase.nodes)
