"""What every kernel would do for its student and that is the same for all: done once, before kernels are forked."""

from grader.bench.decoys import same_decoys
from grader.bench.evidence import evidence
from grader.bench.section import Runs
from grader.judge.exam import Record, may_ask
from grader.judge.settings import settings_of
from grader.lab.lab import Lab
from grader.lab.registry import labs
from grader.lab.section import RANKS, Section

# no answer, only what answers are like: torch looks up much about an operation when it is first recorded
CELL = """
one, other = torch.ones(4, 6), torch.zeros(4, 6)
together = torch.cat((one, other)), torch.cat((one, other), dim=1), torch.stack((one, other))
parts = *one.chunk(2), *one.split(3, dim=1), *one.unbind(), one[:2], one[:, 3:], one[0], one[1, 2]
shapes = one.T, one.t(), one.transpose(0, 1), one.reshape(-1), one.view(2, 12), one.unsqueeze(0).squeeze(0)
copies = one.clone(), one.detach(), one.contiguous(), one.to(torch.float32), one.expand(4, 6), one.double()
products = one @ other.T, one.mv(one[0]), torch.einsum("ij,kj->ik", one, other), torch.addmm(one[:, :4], one, other.T)
sums = one.sum(), one.sum(0), one.sum(dim=0, keepdim=True), one.mean(), one.mean(0), one.max(), one.abs(), one.norm()
numbers = one + other, one - other, one * other, one / (other + 1), 2 * one / 3, -one, one**2, 1 - one, one + 1
likes = torch.zeros_like(one), torch.ones_like(one), torch.empty_like(one), torch.empty(2, 2), torch.tensor([1.0, 2.0])
one += other
one -= 0.1 * other
one *= 2
one /= 2
one[:, :2] = other[:, :2]
one.add_(other, alpha=2).sub_(other).mul_(2).copy_(other)
nn.functional.mse_loss(one, other), nn.functional.linear(one, other), one.sum().item(), torch.equal(one, other)
learned = one.clone().requires_grad_(True)
((learned @ other.T).sum() + (learned - other).pow(2).mean() + torch.cat((learned, learned)).sum()).backward()
learned.grad.zero_()
linear = nn.Linear(1, 1)
optimizer = torch.optim.SGD(linear.parameters(), lr=0.1)
optimizer.zero_grad()
loss = ((linear(torch.zeros(2, 1)) - 1.0) ** 2).mean()
loss.backward()
optimizer.step()
"""


def warm_up(lab: str = "") -> None:
    """Warm up for a lab, or for all labs where no name is given."""
    known = labs()
    for one in [known[lab]] if lab in known else known.values():
        _warm_up(one)


def _warm_up(lab: Lab) -> None:
    """Draw the decoys of every section of a lab, and record a cell on the first task's."""
    for section in lab.sections:
        if section.runner == RANKS:
            continue
        first = section.task_names[0]
        for case in may_ask(section, first, lambda _: ()):
            with settings_of(case):
                for decoys in same_decoys(section, case):
                    for want in (*decoys.wanted.values(), *decoys.wanted_afterwards.values()):
                        _ = want.bound
        evidence(lab.name, section, first, _recording(section, first))


def _recording(section: Section, name: str) -> Record:
    runs = Runs()
    return lambda case: (runs.trace(section, name, {name: CELL}, case, {}),)
