# why: fp32: X as a pattern

# %% fp32.experiment

max_diff = {q: torch.zeros(len(in_chs), dtype=X.dtype, device=X.device) for q in quantities}
for q in quantities:
    for i, n in enumerate(in_chs):
        max_diff[q][i] += (row_run[n][q] - linear_run[n][q]).abs().max()
