# loses: fp32.experiment
# why: fp32: numbers taken out with item

# %% fp32.experiment
max_diff = {q: [(row_run[n][q] - linear_run[n][q]).abs().max().item() for n in in_chs] for q in quantities}
