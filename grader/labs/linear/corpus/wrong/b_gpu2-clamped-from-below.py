# loses: column.forward
# mistake: none
# why: b_gpu2 clamped from below (the notebook's own values don't show it)

# %% column.forward
A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2.clamp(min=-1e4)
Y = torch.cat((A, B), 1)
