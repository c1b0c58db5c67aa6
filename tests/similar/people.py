"""Students who write the same few tasks, each in their own way: forms, names, comments and layout by chance."""

from __future__ import annotations

import random
from itertools import product

# each task as its lines, each line in the forms that people give it; the first forms are the lab's own solution
FORMS = {
    "manual.forward": [["Y = X @ W.T + b", "Y = torch.matmul(X, W.T) + b", "Y = torch.addmm(b, X, W.t())", "Y = X.mm(W.T).add(b)"]],
    "manual.gradients": [
        ["dX = dY @ W", "dX = torch.matmul(dY, W)", "dX = dY.mm(W)"],
        ["dW = dY.T @ X", "dW = torch.matmul(dY.T, X)", "dW = (X.T @ dY).T", "dW = torch.einsum('bo,bi->oi', dY, X)"],
        ["db = dY.sum(0, keepdim=True)", "db = torch.sum(dY, dim=0, keepdim=True)", "db = dY.sum(0)[None]"],
    ],
    "column.shard": [
        ["part_size = out_ch // 2", "part_size = W.shape[0] // 2", "part_size = int(out_ch / 2)"],
        ["W_gpu1 = W[:part_size].clone()", "W_gpu1 = W[:part_size, :].detach().clone()", "W_gpu1 = torch.clone(W[0:part_size])"],
        ["W_gpu2 = W[part_size:].clone()", "W_gpu2 = W[part_size:, :].detach().clone()", "W_gpu2 = torch.clone(W[part_size:out_ch])"],
    ],
    "column.forward": [
        ["Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1", "Y_gpu1 = torch.addmm(b_gpu1, X_gpu1, W_gpu1.T)", "Y_gpu1 = b_gpu1 + X_gpu1 @ W_gpu1.t()"],
        ["Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2", "Y_gpu2 = torch.addmm(b_gpu2, X_gpu2, W_gpu2.T)", "Y_gpu2 = b_gpu2 + X_gpu2 @ W_gpu2.t()"],
        ["Y = torch.cat((Y_gpu1, Y_gpu2), 1)", "Y = torch.hstack([Y_gpu1, Y_gpu2])", "Y = torch.cat([Y_gpu1, Y_gpu2], dim=-1)"],
    ],
    "row.forward": [
        ["Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b", "Y = torch.stack([X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T]).sum(0) + b", "Y = b + sum(x @ w.T for x, w in zip([X_gpu1, X_gpu2], [W_gpu1, W_gpu2]))"],
    ],
    "row.backward": [
        ["dX = torch.cat((dY @ W_gpu1, dY @ W_gpu2), 1)", "dX = torch.hstack((dY.mm(W_gpu1), dY.mm(W_gpu2)))", "dX = torch.cat([dY @ w for w in (W_gpu1, W_gpu2)], dim=1)"],
    ],
}  # fmt: skip
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
KNOWN = {
    task: [f"%%task {task}\n{STUB}", f"%%task {task}\n" + "\n".join(forms[0] for forms in lines)]
    for task, lines in FORMS.items()
}
ODD = [f"{a}{b}{c}" for a, b, c in product("kmpt", "aeio", "lnrs")]


def written_by(draw: random.Random) -> dict[str, str]:
    """One honest student's answers: mostly the usual forms, now and then a line of their own."""
    habit = [0.6, 0.2, 0.12, 0.08]
    found = {}
    for task, lines in FORMS.items():
        text = []
        for forms in lines:
            text.append(draw.choices(forms, habit[: len(forms)])[0])
            if draw.random() < 0.15:
                name, other = draw.sample(ODD, 2)
                extra = draw.choice(
                    [
                        f"{name} = batch_size",
                        f"{name}, {other} = W.shape",
                        f"print({name!r})",
                        f"assert X.dim() == {draw.randint(1, 3)}",
                        f"{name} = [d for d in (1, 2)]",
                    ]
                )
                text.insert(draw.randrange(len(text) + 1), extra)
        found[task] = f"%%task {task}\n" + "\n".join(text)
    return found


def copied(text: str) -> str:
    """The same work under other names, with other comments and another layout."""
    for number, name in enumerate(ODD):
        text = text.replace(f"{name} =", f"var{number} =").replace(f"{name},", f"var{number},")
    head, *lines = text.split("\n")
    return "\n".join([head, "# mine!", *(line.replace(" = ", "=").replace(", ", ",  ") + "  # done" for line in lines)])
