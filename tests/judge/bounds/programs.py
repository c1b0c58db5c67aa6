"""References as labs write them: what layers make, and their gradients by autograd."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from grader.lab.gradients import gradients

Made = Mapping[str, Tensor]
IDS, TARGETS = torch.tensor([1, 5, 2, 2, 0]), torch.tensor([3, 3, 6, 0, 1])


def linear(X: Tensor, W: Tensor, b: Tensor, dY: Tensor) -> Made:
    Y = X @ W.T + b
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dW=W, db=b)}


def fused(X: Tensor, W: Tensor, b: Tensor, dY: Tensor) -> Made:
    Y = torch.addmm(b, X, W.T)
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dW=W, db=b)}


def gelu(X: Tensor, W1: Tensor, b: Tensor, W2: Tensor, dY: Tensor) -> Made:
    Y = F.gelu(X @ W1.T + b) @ W2.T
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dW1=W1, db=b, dW2=W2)}


def swiglu(X: Tensor, W1: Tensor, W3: Tensor, W2: Tensor, dY: Tensor) -> Made:
    Y = (F.silu(X @ W1.T) * (X @ W3.T)) @ W2.T
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dW1=W1, dW3=W3, dW2=W2)}


def relu(X: Tensor, W: Tensor, dY: Tensor) -> Made:
    Y = torch.relu(X @ W.T).clamp(max=3.0)
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dW=W)}


def attention(X: Tensor, Wq: Tensor, Wk: Tensor, Wv: Tensor, Wo: Tensor, dY: Tensor, heads: int = 4) -> Made:
    """Causal, with one key and value head for two query heads."""
    B, T, _ = X.shape
    q = (X @ Wq.T).reshape(B, T, heads, -1).transpose(1, 2)
    k, v = ((X @ W.T).reshape(B, T, heads // 2, -1).transpose(1, 2).repeat_interleave(2, 1) for W in (Wk, Wv))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(~torch.ones(T, T, dtype=torch.bool).tril(), -math.inf)
    Y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, -1) @ Wo.T
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dWq=Wq, dWk=Wk, dWv=Wv, dWo=Wo)}


def attention_by_torch(X: Tensor, Wq: Tensor, Wk: Tensor, Wv: Tensor, Wo: Tensor, dY: Tensor) -> Made:
    B, T, _ = X.shape
    q, k, v = ((X @ W.T).reshape(B, T, 4, -1).transpose(1, 2) for W in (Wq, Wk, Wv))
    Y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, -1) @ Wo.T
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dWq=Wq, dWk=Wk, dWv=Wv, dWo=Wo)}


def cross_entropy(E: Tensor, W: Tensor) -> Made:
    loss = F.cross_entropy(F.embedding(IDS, E) @ W.T, TARGETS)
    return {"loss": loss, **gradients(loss, dE=E, dW=W)}


def cross_entropy_by_hand(E: Tensor, W: Tensor) -> Made:
    logits = E[IDS] @ W.T
    largest = logits.amax(1, keepdim=True)
    sums = (logits - largest).exp().sum(1).log() + largest[:, 0]
    loss = (sums - logits.gather(1, TARGETS[:, None])[:, 0]).mean()
    return {"loss": loss, **gradients(loss, dE=E, dW=W)}


def layer_norm(X: Tensor, w: Tensor, b: Tensor, dY: Tensor) -> Made:
    Y = F.layer_norm(X, (X.shape[-1],), w, b)
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dw=w, db=b)}


def rms_norm(X: Tensor, w: Tensor, dY: Tensor) -> Made:
    Y = F.rms_norm(X, (X.shape[-1],), w, eps=1e-6)
    return {"Y": Y, **gradients((Y * dY).sum(), dX=X, dw=w)}


def step_in_place(W: Tensor, G: Tensor) -> Made:
    stepped = W.detach().clone()
    stepped -= 0.1 * G.detach()
    stepped.mul_(0.5).add_(G.detach(), alpha=2)
    return {"W": stepped}


def pieces(X: Tensor, Y: Tensor) -> Made:
    both = torch.stack([torch.cat([X[:, :1], Y[:, 1:]], 1), torch.where(X > 0, X * Y, X / 3)])
    return {"both": both, "most": (both[0] - both[1]).abs().max(), "norm": both.pow(2).sum().sqrt(), "t": both.tanh()}


Shapes = Mapping[str, tuple[int, ...]]
PROGRAMS: Mapping[str, tuple[Callable[..., Made], Shapes]] = {
    "linear": (linear, {"X": (5, 257), "W": (7, 257), "b": (7,), "dY": (5, 7)}),
    "one of all": (linear, {"X": (1, 1), "W": (1, 1), "b": (1,), "dY": (1, 1)}),
    "addmm": (fused, {"X": (5, 64), "W": (7, 64), "b": (7,), "dY": (5, 7)}),
    "gelu": (gelu, {"X": (4, 24), "W1": (40, 24), "b": (40,), "W2": (24, 40), "dY": (4, 24)}),
    "swiglu": (swiglu, {"X": (4, 24), "W1": (40, 24), "W3": (40, 24), "W2": (24, 40), "dY": (4, 24)}),
    "relu": (relu, {"X": (4, 24), "W": (7, 24), "dY": (4, 7)}),
    "attention": (
        attention,
        {"X": (2, 5, 10), "Wq": (12, 10), "Wk": (6, 10), "Wv": (6, 10), "Wo": (10, 12), "dY": (2, 5, 10)},
    ),
    "attention by torch": (
        attention_by_torch,
        {"X": (2, 5, 10), "Wq": (12, 10), "Wk": (12, 10), "Wv": (12, 10), "Wo": (10, 12), "dY": (2, 5, 10)},
    ),
    "cross entropy": (cross_entropy, {"E": (7, 6), "W": (7, 6)}),
    "cross entropy by hand": (cross_entropy_by_hand, {"E": (7, 6), "W": (7, 6)}),
    "layer norm": (layer_norm, {"X": (5, 12), "w": (12,), "b": (12,), "dY": (5, 12)}),
    "rms norm": (rms_norm, {"X": (5, 12), "w": (12,), "dY": (5, 12)}),
    "a step in place": (step_in_place, {"W": (5, 12), "G": (5, 12)}),
    "pieces": (pieces, {"X": (5, 12), "Y": (5, 12)}),
}
