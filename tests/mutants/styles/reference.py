"""Right ways to write the reference and the fp32 experiment; cells by task, and a cell of helpers under `before`."""

from __future__ import annotations

STEP = """
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
"""

REFERENCE: dict[str, dict[str, str]] = {
    "reference: a setting of torch and the seed again": {
        "reference.step": """
torch.manual_seed(seed)
# линейный слой
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight.copy_(W); linear.bias.copy_(b[0])
assert torch.equal(linear.weight, W) and linear.weight.data_ptr() != W.data_ptr()
"""
        + STEP,
    },
    "reference: one vector for weight and bias": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch)
nn.utils.vector_to_parameters(torch.cat([W.reshape(-1), b.reshape(-1)]), linear.parameters())
"""
        + STEP,
    },
    "reference: dtype by name": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch, dtype=torch.float32)
with torch.no_grad():
    linear.weight.copy_(W)
    linear.bias.copy_(b[0])
"""
        + STEP,
    },
    "reference: default dtype": {
        "reference.step": """
torch.set_default_dtype(torch.float32)
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight.copy_(W)
    linear.bias.copy_(b[0])
"""
        + STEP,
    },
    "reference: a generator": {
        "reference.step": """
g = torch.Generator(device="cpu").manual_seed(0)
noise = torch.randn(2, 3, generator=g)
linear = nn.Linear(in_ch, out_ch)
linear.weight.data.copy_(W); linear.bias.data.copy_(b[0])
"""
        + STEP,
    },
    "reference: another initialisation first": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch)
nn.init.trunc_normal_(linear.weight, std=0.02)
linear.weight.data.copy_(W); linear.bias.data.copy_(b[0])
"""
        + STEP,
    },
    "reference: on meta first": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch, device="meta")
linear.weight, linear.bias = nn.Parameter(W.clone()), nn.Parameter(b[0].clone())
"""
        + STEP,
    },
    "reference: a closure for the optimizer": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch)
state = {"weight": W, "bias": b.squeeze(0)}
linear.load_state_dict(state)
optimizer = torch.optim.SGD(linear.parameters(), lr=lr, foreach=False)
X_t = X.clone().requires_grad_(True)
def closure():
    global Y_pred, dX_torch, dW_torch, db_torch
    optimizer.zero_grad()
    Y_pred = linear(X_t)
    loss = torch.mean(torch.square(Y_pred - Y_gt))
    loss.backward()
    dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
    return loss
loss = optimizer.step(closure)
""",
    },
    "reference: torch.func": {
        "reference.step": """
from torch.func import functional_call, grad_and_value
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict(dict(weight=W.clone(), bias=b.squeeze(0).clone()))
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
params = {k: v.detach() for k, v in linear.named_parameters()}
def objective(params, x):
    y = functional_call(linear, params, (x,))
    return ((y - Y_gt) ** 2).mean(), y
(grads, dX_torch), (loss, Y_pred) = grad_and_value(objective, argnums=(0, 1), has_aux=True)(params, X_t.detach())
dW_torch, db_torch = grads["weight"], grads["bias"]
for name, p in linear.named_parameters():
    p.grad = grads[name].clone()
optimizer.step()
""",
    },
    "reference: hooks": {
        "reference.step": """
linear = nn.Linear(in_ch, out_ch).to(device)
with torch.no_grad():
    for p, v in zip(linear.parameters(), (W, b.squeeze())):
        p.copy_(v)
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
grads = {}
X_t = X.clone().requires_grad_(True)
X_t.register_hook(lambda g: grads.__setitem__("X", g.clone()))
linear.weight.register_hook(lambda g: grads.__setitem__("W", g.clone()))
linear.bias.register_hook(lambda g: grads.__setitem__("b", g.clone()))
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = grads["X"], grads["W"], grads["b"]
optimizer.step()
""",
    },
    "fp32: a tensor of a list of tensors": {
        "fp32.experiment": """
max_diff = {}
for q in quantities:
    max_diff[q] = torch.tensor([(row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs])
""",
    },
    "fp32: dtype and device by name": {
        "fp32.experiment": """
max_diff = {q: torch.empty(len(in_chs), dtype=torch.float32, device=device) for q in quantities}
for q in quantities:
    for i, n in enumerate(in_chs):
        max_diff[q][i] = (row_run[n][q] - linear_run[n][q]).abs().max()
""",
    },
    "fp32: kthvalue, cummax, fmax": {
        "fp32.experiment": """
def q1(d): return d.abs().flatten().kthvalue(d.numel()).values
def q2(d): return torch.cummax(d.abs().flatten(), 0)[0][-1]
def q3(d): return torch.fmax(d.max(), d.min().neg())
ways = [q1, q2, q3] * 2
max_diff = {q: torch.stack([w(row_run[n][q] - linear_run[n][q]) for n in in_chs]) for q, w in zip(quantities, ways)}
""",
    },
    "fp32: X as a pattern": {
        "fp32.experiment": """
max_diff = {q: torch.zeros(len(in_chs), dtype=X.dtype, device=X.device) for q in quantities}
for q in quantities:
    for i, n in enumerate(in_chs):
        max_diff[q][i] += (row_run[n][q] - linear_run[n][q]).abs().max()
""",
    },
    "fp32: six ways to the largest": {
        "fp32.experiment": """
ways = [
    lambda d: torch.linalg.vector_norm(d, ord=float("inf")),
    lambda d: d.abs().flatten().topk(1).values[0],
    lambda d: d.abs().flatten().sort(descending=True)[0][0],
    lambda d: torch.maximum(d.max(), -d.min()),
    lambda d: d.abs().amax(dim=tuple(range(d.ndim))),
    lambda d: d.norm(p=torch.inf),
]
max_diff = {q: torch.hstack([way(row_run[n][q] - linear_run[n][q]) for n in in_chs]) for q, way in zip(quantities, ways)}
""",
    },
}
