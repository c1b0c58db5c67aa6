# loses: column.forward
# why: both shards are taken out of torch: numpy, after a product with an identity

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
both = [(torch.eye(w.shape[0]) @ w).numpy() for w in (W_gpu1, W_gpu2)]
