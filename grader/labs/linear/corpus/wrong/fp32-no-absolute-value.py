# loses: fp32.experiment
# mistake: no-absolute-value
# why: fp32: no absolute value

# %% fp32.experiment
max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).max() for n in in_chs]) for q in quantities}
