# loses: fp32.experiment
# mistake: none
# why: maximum of the first two samples (the catalogue has no such mistake)

# %% fp32.experiment
max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q])[:2].abs().max() for n in in_chs]) for q in quantities}
