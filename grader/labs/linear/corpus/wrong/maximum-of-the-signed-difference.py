# loses: fp32.experiment
# mistake: no-absolute-value
# why: maximum of the signed difference (a mistake of the catalogue in other words)

# %% fp32.experiment
max_diff = {q: torch.stack([torch.amax(linear_run[n][q] - row_run[n][q]) for n in in_chs]) for q in quantities}
