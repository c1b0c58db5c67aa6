# loses: column.forward
# why: column: both weights packed by an operation that is not replayed

# %% column.forward
keep = torch.complex(W_gpu1[:1], W_gpu2[:1])
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
