# why: einsum everywhere

# %% column.shard
part_size = W.shape[0] // 2
W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:].clone()
X_gpu1 = X.clone()
X_gpu2 = X.clone()

# %% column.forward
Y = torch.cat([torch.einsum('bi,oi->bo', x, w) + c for x, w, c in ((X_gpu1, W_gpu1, b_gpu1), (X_gpu2, W_gpu2, b_gpu2))], 1)

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
d1, d2 = dY.chunk(2, 1)
dX = torch.einsum('bo,oi->bi', d1, W_gpu1) + torch.einsum('bo,oi->bi', d2, W_gpu2)
dW_gpu1 = torch.einsum('bi,bo->io', X_gpu1, d1)
dW_gpu2 = torch.einsum('bi,bo->io', X_gpu2, d2)
db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
