# loses: column.forward
# why: column: W moved row by row

# %% column.forward
Y = torch.stack([X_gpu1 @ r for r in W_gpu1] + [X_gpu1 @ r for r in W_gpu2], 1) + torch.cat((b_gpu1, b_gpu2), 1)
