# loses: fp32.experiment
# mistake: none
# why: differences cut off (the notebook's own values don't show it)

# %% fp32.experiment
max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).abs().max().clamp(max=1e3) for n in in_chs]) for q in quantities}
