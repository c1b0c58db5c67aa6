# loses: column.forward
# mistake: joined-along-wrong-dim
# why: Y gathered by stack and reshape (a mistake of the catalogue in other words)

# %% column.forward
A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.vstack((A, B))
