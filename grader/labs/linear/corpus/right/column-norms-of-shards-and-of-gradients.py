# why: column: norms of shards and of gradients

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R
db_gpu1, db_gpu2 = L.sum(0), R.sum(0)
print(torch.stack([t.norm() for t in (dW_gpu1, dW_gpu2, W_gpu1, W_gpu2)]).norm(), dW_gpu1.numpy().shape)
