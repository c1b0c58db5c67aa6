# why: fp32: a tensor of a list of tensors

# %% fp32.experiment

max_diff = {}
for q in quantities:
    max_diff[q] = torch.tensor([(row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs])
