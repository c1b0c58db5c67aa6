# loses: manual.dY
# mistake: none
# why: small residuals count nothing (the notebook's own values don't show it)

# %% manual.dY
d = Y - Y_gt
dY = 2 * torch.where(d.abs() > 1e-3, d, 0 * d) / Y.numel()
