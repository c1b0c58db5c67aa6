# loses: fp32.experiment
# mistake: none
# why: maximum times two (the catalogue has no such mistake)

# %% fp32.experiment
max_diff = {q: torch.stack([2 * (row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs]) for q in quantities}
