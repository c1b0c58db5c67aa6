# why: fp32: dtype and device by name

# %% fp32.experiment

max_diff = {q: torch.empty(len(in_chs), dtype=torch.float32, device=device) for q in quantities}
for q in quantities:
    for i, n in enumerate(in_chs):
        max_diff[q][i] = (row_run[n][q] - linear_run[n][q]).abs().max()
