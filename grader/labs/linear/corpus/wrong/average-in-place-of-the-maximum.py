# loses: fp32.experiment
# mistake: mean-not-max
# why: average in place of the maximum (a mistake of the catalogue in other words)

# %% fp32.experiment
max_diff = {q: torch.stack([torch.nn.functional.l1_loss(row_run[n][q], linear_run[n][q]) for n in in_chs]) for q in quantities}
