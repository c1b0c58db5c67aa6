# loses: manual.dY
# mistake: none
# why: Huber's loss in place of the square (the notebook's own values don't show it)

# %% manual.dY
d = Y - Y_gt
dY = 2 * torch.where(d.abs() <= 1e8, d, 1e8 * d.sign()) / Y.numel()
