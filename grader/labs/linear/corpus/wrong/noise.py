# loses: manual.forward
# mistake: none
# why: noise (the notebook's own values don't show it)

# %% manual.forward
Y = X @ W.T + b + 1e-6 * torch.randn(batch_size, out_ch)
