"""Mistakes of the step with nn.Linear, MSE and torch.optim.SGD, computed from its start to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, N_, Made, Mistake, Variant, bound, each_wrong, one, several
from grader.labs.linear.mistakes.forward import FORWARD, make
from grader.labs.linear.mistakes.step import Step
from grader.labs.linear.mistakes.update import STEP, stepped

WEIGHT, BIAS = "linear.weight", "linear.bias"
Loss = Callable[[Tensor], Tensor]
Starts = Callable[[Step], tuple[Tensor, Tensor]]


def mean_of_squares(residual: Tensor) -> Tensor:
    return (residual**2).mean()


def run(
    s: Step,
    loss_of: Loss = mean_of_squares,
    start: tuple[Tensor, Tensor] | None = None,
    forward: Callable[[Tensor], Tensor] = lambda Y: Y,
    times: float = 1,
    by_hand: float = 1,
) -> Made:
    """The task's variables after one step from `start` (W, b) under a loss of Y - Y_gt.

    `times` multiplies the gradients, `by_hand` the step alone.
    """
    W, b = start or (s["W"], s["b"].reshape(-1))
    X, W, b = (t.clone().requires_grad_() for t in (s["X"], W, b))
    with torch.enable_grad():
        Y = forward(X @ W.T + b)
        loss = loss_of(Y - s["Y_gt"])
        dX, dW, db = (times * gradient for gradient in torch.autograd.grad(loss, (X, W, b)))
    lr = s.lr * by_hand
    made = {"Y_pred": Y, "loss": loss, "dX_torch": dX, "dW_torch": dW, "db_torch": db}
    made |= {WEIGHT: W - lr * dW, BIAS: b - lr * db}
    return {name: tensor.detach() for name, tensor in made.items()}


def loss(name: str, hint: str, loss_of: Loss, *others: Loss) -> Mistake:
    return several(name, hint, *(Variant(bound(run, f)) for f in (loss_of, *others)))


def _start(s: Step, copied: str) -> tuple[Tensor, Tensor]:
    """The layer's own random start, recovered from what the step made of it; `copied` was set right.

    Raises:
        ValueError: its numbers are not those of a fresh nn.Linear.
    """
    W = s["W"] if copied == WEIGHT else s.got[WEIGHT] + s.lr * s.got["dW_torch"]
    b = s["b"].reshape(-1) if copied == BIAS else s.got[BIAS] + s.lr * s.got["db_torch"]
    bound = s.fan_in**-0.5 * (1 + 1e-6)
    for name, drawn in ((WEIGHT, W), (BIAS, b)):
        if name != copied and (bool((drawn.abs() > bound).any()) or bool((drawn == drawn.flatten()[0]).all())):
            raise ValueError(f"{name} does not start from what nn.Linear draws")
    return W, b


def _again(s: Step, momentum: float, nesterov: bool = False) -> Made:
    """The second step of SGD with momentum, after a right first one or nesterov's longer one."""
    first = run(s, by_hand=1 + momentum if nesterov else 1)
    second = run(s, start=(first[WEIGHT], first[BIAS]))
    made = dict(first) if nesterov else {}
    for name, gradient in ((WEIGHT, "dW_torch"), (BIAS, "db_torch")):
        velocity = momentum * first[gradient] + second[gradient]
        step = second[gradient] + momentum * velocity if nesterov else velocity
        made[name.replace("linear", "linear_again")] = first[name] - s.lr * step
    return made


def _momentum(first: Step) -> Iterator[Variant]:
    name = "linear_again.weight"
    if name in first.wrong:
        gradient = first.gradient(WEIGHT)
        momentum = float(((first.right[name] - first.got[name]) * gradient).sum() / (gradient * gradient).sum())
        momentum = float(f"{momentum / first.lr:.6g}")
        if abs(momentum) > 1e-9:
            yield Variant(lambda s: _again(s, momentum), {"number": f"{momentum:g}"})


def _nesterov(first: Step) -> Iterator[Variant]:
    gradient, got = first.gradient(WEIGHT), first.got.get(WEIGHT)
    if got is not None and got.shape == gradient.shape:
        length = float(((first.old(WEIGHT) - got) * gradient).sum() / (gradient * gradient).sum()) / first.lr
        momentum = float(f"{length - 1:.6g}")
        if 0 < momentum < 1:
            yield Variant(lambda s: _again(s, momentum, nesterov=True), {"number": f"{momentum:g}"})


def _two_iterations(s: Step, cleared: bool) -> Made:
    """Two passes; X_t's gradient is nobody's to clear, so it adds up."""
    first = run(s)
    second = run(s, start=(first[WEIGHT], first[BIAS]))
    made = {**second, "dX_torch": first["dX_torch"] + second["dX_torch"]}
    if not cleared:
        for name, gradient in ((WEIGHT, "dW_torch"), (BIAS, "db_torch")):
            made[gradient] = first[gradient] + second[gradient]
            made[name] = first[name] - s.lr * made[gradient]
    return made


def _adam(s: Step, decay: float) -> Made:
    step = {name: s.gradient(name) / (s.gradient(name).abs() + 1e-8) for name in (WEIGHT, BIAS)}
    return {name: s.old(name) * (1 - s.lr * decay) - s.lr * step[name] for name in step}


def _after_step(s: Step) -> Tensor:
    return s["X"] @ s.right[WEIGHT].T + s.right[BIAS]


LOSSES = (
    loss("loss-sum", N_(": it looks like the loss is a sum; take the mean over all numbers"), lambda r: (r**2).sum()),
    loss(
        "loss-mean-over-batch",
        N_(": it looks like the loss is a mean over the batch only; take it over all batch_size * out_ch numbers"),
        lambda r: (r**2).sum(1).mean(),
    ),
    loss(
        "loss-mean-over-outputs",
        N_(": it looks like the loss is a mean over the outputs only; take it over all batch_size * out_ch numbers"),
        lambda r: (r**2).sum(0).mean(),
    ),
    loss(
        "loss-halved",
        N_(": it looks like the loss is halved; it is the mean of (Y_pred - Y_gt) ** 2"),
        lambda r: (r**2).mean() / 2,
    ),
    loss(
        "loss-absolute",
        N_(": it looks like the loss is the absolute error; square the difference"),
        lambda r: r.abs().mean(),
    ),
    loss(
        "loss-root",
        N_(": it looks like the square root of the loss is taken; it is the mean of (Y_pred - Y_gt) ** 2"),
        lambda r: (r**2).mean().sqrt(),
    ),
    loss(
        "loss-not-squared",
        N_(": it looks like the difference is not squared; the loss is its mean square"),
        torch.mean,
    ),
    loss(
        "loss-smooth",
        N_(": it looks like a Huber or smooth L1 loss; take the mean square"),
        lambda r: torch.nn.functional.huber_loss(r, torch.zeros_like(r)),
    ),
    loss(
        "loss-divided-again",
        N_(": it looks like the loss is divided once more; its mean already divides by batch_size * out_ch"),
        lambda r: (r**2).mean() / r.shape[0],
        lambda r: (r**2).mean() / r.shape[1],
        lambda r: (r**2).mean() / r.numel(),
    ),
)
START = (
    one(
        "weight-not-copied",
        N_(": it looks like the layer keeps its own random weight; copy W into linear.weight"),
        lambda s: run(s, start=_start(s, BIAS)),
    ),
    one(
        "bias-not-copied",
        N_(": it looks like the layer keeps its own random bias; copy b into linear.bias"),
        lambda s: run(s, start=_start(s, WEIGHT)),
    ),
    one(
        "layer-not-copied",
        N_(": it looks like the layer keeps its own random numbers; copy W and b into it"),
        lambda s: run(s, start=_start(s, "")),
    ),
    one(
        "bias-zero",
        N_(": it looks like the bias of the layer is zero; copy b into it"),
        lambda s: run(s, start=(s["W"], torch.zeros_like(s["b"]).reshape(-1))),
    ),
)
OPTIMIZER = (
    Mistake(
        "not-updated",
        N_(": it looks like the step of {names} is missing; optimizer.step() comes after "
           "loss.backward() and has all parameters"),
        lambda first: each_wrong(first, stepped(lambda s: 0), ("linear.", "linear_again.")),
    ),
    Mistake(
        "stepped-twice",
        N_(": it looks like the step is made twice, as when optimizer.step() is called twice; once is right"),
        lambda first: each_wrong(first, stepped(lambda s: 2), ("linear.",)),
    ),
    one(
        "backward-twice",
        N_(": it looks like the gradients are counted twice, as when loss.backward() is called twice; once is right"),
        lambda s: run(s, times=2),
    ),
    several(
        "two-iterations",
        N_(": it looks like two steps, forward pass and all; the task is one"),
        Variant(lambda s: _two_iterations(s, cleared=True)),
        Variant(lambda s: _two_iterations(s, cleared=False)),
        Variant(lambda s: {k: v for k, v in _two_iterations(s, cleared=True).items() if k != "dX_torch"}
                | {"dX_torch": run(s, start=(s.right[WEIGHT], s.right[BIAS]))["dX_torch"]}),
    ),
    Mistake(
        "momentum",
        N_(": it looks like momentum {number}; plain SGD has none"),
        _momentum,
    ),
    Mistake(
        "nesterov",
        N_(": it looks like Nesterov momentum {number}; plain SGD has none"),
        _nesterov,
    ),
    several(
        "adam",
        N_(": it looks like a step of Adam or AdamW; take torch.optim.SGD"),
        Variant(lambda s: _adam(s, 0)),
        Variant(lambda s: _adam(s, 0.01)),
    ),
    one(
        "maximize",
        N_(": it looks like the step goes up the gradient; plain SGD goes down"),
        lambda s: {name: 2 * s.old(name) - s.right[name] for name in (WEIGHT, BIAS)},
    ),
    one(
        "prediction-after-step",
        N_(": it looks like Y_pred is computed again after the step; keep that of before"),
        make(_after_step),
    ),
    one(
        "loss-after-step",
        N_(": it looks like the loss is computed again after the step; keep that of before"),
        lambda s: {"loss": mean_of_squares(_after_step(s) - s["Y_gt"])},
    ),
    one(
        "both-after-step",
        N_(": it looks like Y_pred and the loss are computed again after the step; keep those of before"),
        lambda s: {"Y_pred": _after_step(s), "loss": mean_of_squares(_after_step(s) - s["Y_gt"])},
    ),
    one(
        "dX-after-step",
        N_(": it looks like dX_torch comes from a backward pass after the step; take the gradient of the first"),
        lambda s: {"dX_torch": run(s, start=(s.right[WEIGHT], s.right[BIAS]))["dX_torch"]},
    ),
    one(
        "activation",
        N_(": it looks like ReLU is applied; the layer is linear, with no activation"),
        lambda s: run(s, forward=torch.relu),
    ),
)
OURS = {mistake.name for mistake in OPTIMIZER} | {"step-wrong-way", "activation"}
REFERENCE_STEP = (
    *LOSSES,
    *START,
    *OPTIMIZER,
    *(mistake for mistake in (*STEP, *FORWARD) if mistake.name not in OURS and mistake.name != "low-precision"),
    *EVERYWHERE,
)
