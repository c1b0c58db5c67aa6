# loses: fp32.experiment
# why: fp32: the notebook's own sizes written out

# %% fp32.experiment
max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).abs().max() for n in (64, 256, 1024, 4096)]) for q in quantities}
