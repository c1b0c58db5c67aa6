# loses: column.forward
# mistake: none
# why: columns dealt out like cards where halves are alike (the notebook's own sizes don't show it)

# %% column.forward
A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.stack((A, B), 2).reshape(batch_size, -1) if A.shape == B.shape else torch.cat((A, B), 1)
