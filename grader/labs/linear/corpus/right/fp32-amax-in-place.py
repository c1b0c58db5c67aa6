# why: fp32: amax in place

# %% fp32.experiment
max_diff = {q: torch.zeros(len(in_chs)) for q in quantities}
for i, n in enumerate(in_chs):
    for q in quantities:
        max_diff[q][i] = (linear_run[n][q] - row_run[n][q]).abs().amax()
