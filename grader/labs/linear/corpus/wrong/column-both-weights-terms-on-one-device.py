# loses: column.forward
# why: column: both weights' terms on one device

# %% column.forward
terms = torch.cat((X_gpu1[:2, None] * W_gpu1, X_gpu2[:2, None] * W_gpu2), 1)
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
