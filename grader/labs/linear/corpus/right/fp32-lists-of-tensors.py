# why: fp32: lists of tensors

# %% fp32.experiment
max_diff = {}
for q in quantities:
    max_diff[q] = []
    for n in in_chs:
        max_diff[q].append(torch.dist(row_run[n][q], linear_run[n][q], p=float('inf')))
