# why: fp32: six ways to the largest

# %% fp32.experiment

ways = [
    lambda d: torch.linalg.vector_norm(d, ord=float("inf")),
    lambda d: d.abs().flatten().topk(1).values[0],
    lambda d: d.abs().flatten().sort(descending=True)[0][0],
    lambda d: torch.maximum(d.max(), -d.min()),
    lambda d: d.abs().amax(dim=tuple(range(d.ndim))),
    lambda d: d.norm(p=torch.inf),
]
max_diff = {q: torch.hstack([way(row_run[n][q] - linear_run[n][q]) for n in in_chs]) for q, way in zip(quantities, ways)}
