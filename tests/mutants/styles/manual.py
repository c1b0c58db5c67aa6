"""Right ways to take the step by hand; cells by task, and a cell of helpers under `before`."""

from __future__ import annotations

MANUAL: dict[str, dict[str, str]] = {
    "manual: autograd from cell to cell": {
        "manual.forward": """
X_ = X.clone().requires_grad_(True)
W_ = W.clone().requires_grad_(True)
b_ = b.clone().requires_grad_(True)
Y = X_ @ W_.T + b_
""",
        "manual.dY": """
Y.retain_grad()
loss_manual = ((Y - Y_gt) ** 2).mean()
loss_manual.backward()
dY = Y.grad
""",
        "manual.gradients": "dX, dW, db = X_.grad, W_.grad.T, b_.grad.squeeze(0)",
        "manual.update": """
with torch.no_grad():
    W_manual = W_ - lr * W_.grad
    b_manual = b_ - lr * b_.grad
""",
    },
    "manual: the given tensors require gradients": {
        "manual.forward": """
for t in (X, W, b):
    t.requires_grad_(True)
Y = X @ W.T + b
""",
        "manual.dY": """
Y.retain_grad()
nn.MSELoss()(Y, Y_gt).backward()
dY = Y.grad.clone()
""",
        "manual.gradients": "dX, dW, db = X.grad.clone(), W.grad.T.clone(), b.grad.squeeze(0).clone()",
        "manual.update": """
with torch.no_grad():
    W_manual, b_manual = W - lr * W.grad, b - lr * b.grad
for t in (X, W, b):
    t.requires_grad_(False)
""",
    },
    "manual: the bias as a column of W": {
        "manual.forward": """
Xb = torch.cat([X, torch.ones(batch_size, 1)], dim=1)
Wb = torch.cat([W, b.T], dim=1)
Y = Xb @ Wb.T
""",
        "manual.gradients": """
dXb, dWb = dY @ Wb, Xb.T @ dY
dX, dW, db = dXb[:, :-1], dWb[:-1], dWb[-1]
""",
        "manual.update": """
Wb_new = Wb - lr * dWb.T
W_manual, b_manual = Wb_new[:, :-1], Wb_new[:, -1:].T
""",
    },
    "manual: inference mode": {
        "manual.forward": """
with torch.inference_mode():
    Y = X.matmul(W.mT) + b
""",
        "manual.dY": """
@torch.inference_mode()
def loss_grad(y, t):
    return (y - t) / (y.size(0) * y.size(1)) * 2
dY = loss_grad(Y, Y_gt)
""",
        "manual.gradients": """
with torch.inference_mode():
    dX, dW, db = torch.inner(dY, W.T), torch.tensordot(X, dY, dims=((0,), (0,))), torch.atleast_2d(dY).sum(0)
""",
        "manual.update": """
with torch.inference_mode(True):
    W_manual = W.subtract(dW.T.mul(lr)); b_manual = b - lr * torch.atleast_2d(db)
""",
    },
    "manual: float32 by name": {
        "manual.forward": """
Y = torch.zeros(batch_size, out_ch, dtype=torch.float32, device=device)
Y += X @ W.T
Y += b
""",
        "manual.gradients": """
dX = torch.empty(batch_size, in_ch, dtype=torch.float32)
dX[:] = dY @ W
ones = torch.ones(batch_size, dtype=torch.float32)
dW, db = X.T @ dY, ones @ dY
""",
        "manual.update": """
W_manual = torch.empty(out_ch, in_ch, dtype=torch.float32).copy_(W - lr * dW.T)
b_manual = torch.zeros(1, out_ch, dtype=torch.float).add_(b).sub_(lr * db)
""",
    },
    "manual: an autograd function from a helper cell": {
        "before": """
class MSEGrad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y, t):
        ctx.save_for_backward(y, t)
        return ((y - t) ** 2).sum() / (batch_size * out_ch)
    @staticmethod
    def backward(ctx, g):
        y, t = ctx.saved_tensors
        return g * 2 * (y - t) / (batch_size * out_ch), None
""",
        "manual.dY": """
y = Y.clone().requires_grad_()
MSEGrad.apply(y, Y_gt).backward()
dY = y.grad
""",
    },
    "manual: odd classes from a helper cell": {
        "before": """
from typing import NamedTuple
from abc import ABC, abstractmethod
from enum import Enum
from functools import cached_property, partial, wraps
class Grads(NamedTuple):
    dX: torch.Tensor
    dW: torch.Tensor
    db: torch.Tensor
class Way(Enum):
    MEAN = "mean"
class Loss(ABC):
    @abstractmethod
    def grad(self, y, t): ...
class MSE(Loss):
    def __init__(self, way): self.way = way
    @cached_property
    def count(self): return batch_size * out_ch
    def grad(self, y, t):
        assert self.way is Way.MEAN
        return 2 * (y - t) / self.count
def shapes(f):
    @wraps(f)
    def inner(*args):
        out = f(*args)
        print([tuple(t.shape) for t in out])
        return out
    return inner
@shapes
def back(g, x, w): return Grads(dX=g @ w, dW=x.T @ g, db=g.sum(0))
""",
        "manual.dY": "dY = MSE(Way.MEAN).grad(Y, Y_gt)",
        "manual.gradients": "dX, dW, db = back(dY, X, W)",
    },
    "manual: a list of columns": {
        "manual.dY": """
order = list(range(out_ch))
dY = (2 * (Y[:, order] - Y_gt[:, order])) / (len(Y) * len(Y[0]))
""",
    },
    "manual: einsum and out=": {
        "manual.forward": """
Y = torch.einsum("bi,oi->bo", X, W).add_(b)
""",
        "manual.dY": """
dY = torch.empty_like(Y)
torch.sub(Y, Y_gt, out=dY)
dY *= 2
dY /= batch_size * out_ch
""",
        "manual.gradients": """
dX = torch.zeros(batch_size, in_ch)
torch.mm(dY, W, out=dX)
dW = torch.einsum("bi,bo->io", X, dY)
db = torch.einsum("bo->o", dY)
""",
        "manual.update": """
W_manual = W.clone()
W_manual.sub_(dW.T, alpha=lr)
b_manual = b.clone()
b_manual[0] -= lr * db
""",
    },
    "manual: vjp from cell to cell": {
        "manual.forward": """
from torch.func import vjp
Y, pullback = vjp(lambda x, w, c: x @ w.T + c, X, W, b)
""",
        "manual.dY": """
loss, back = vjp(lambda y: ((y - Y_gt) ** 2).mean(), Y)
(dY,) = back(torch.ones_like(loss))
""",
        "manual.gradients": """
dX, dWt, db2 = pullback(dY)
dW, db = dWt.T, db2.squeeze()
""",
    },
    "manual: double and back to float": {
        "manual.forward": "Y = (X.double() @ W.double().T + b.double()).float()",
        "manual.dY": "dY = (2 * (Y.double() - Y_gt.double()) / (batch_size * out_ch)).float()",
        "manual.gradients": """
dX, dW, db = (dY.double() @ W.double()).float(), (X.double().T @ dY.double()).float(), dY.double().sum(0).float()
""",
        "manual.update": """
W_manual = (W.double() - lr * dW.double().T).to(torch.float32)
b_manual = (b.double() - lr * db.double()).to(torch.float32)
""",
    },
    "manual: exec, eval, globals": {
        "manual.update": """
for name, value, grad in (("W", W, dW.T), ("b", b, db)):
    globals()[f"{name}_manual"] = value - lr * grad
""",
        "manual.gradients": """
exec("dX = dY @ W")
dW, db = eval("X.T @ dY"), eval("dY.sum(0)")
""",
    },
    "manual: everything from torch": {
        "manual.forward": """
from torch import *
Y = add(matmul(X, t(W)), b)
""",
        "manual.dY": """
from torch import *
dY = div(mul(sub(Y, Y_gt), 2), batch_size * out_ch)
""",
    },
}
