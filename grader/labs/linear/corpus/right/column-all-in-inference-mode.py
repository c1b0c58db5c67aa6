# why: column: all in inference mode

# %% column.shard

with torch.inference_mode():
    part_size = out_ch // 2
    W_gpu1, W_gpu2 = [w.clone() for w in torch.tensor_split(W, [part_size])]
    b_gpu1, b_gpu2 = [c.clone() for c in torch.hsplit(b, [part_size])]
    X_gpu1, X_gpu2 = X.clone(), X.clone()

# %% column.forward

with torch.inference_mode():
    Y_gpu1, Y_gpu2 = nn.functional.linear(X_gpu1, W_gpu1, b_gpu1[0]), nn.functional.linear(X_gpu2, W_gpu2, b_gpu2[0])
    Y = torch.hstack((Y_gpu1, Y_gpu2))

# %% column.backward

with torch.inference_mode():
    dY = 2 * (Y - Y_gt) / Y.numel()
    d1, d2 = torch.tensor_split(dY, [part_size], dim=1)
    dX = torch.matmul(d1, W_gpu1) + torch.matmul(d2, W_gpu2)
    dW_gpu1, dW_gpu2 = torch.matmul(X_gpu1.mT, d1), torch.einsum("bi,bo->io", X_gpu2, d2)
    db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)

# %% column.update

with torch.inference_mode():
    W_gpu1 -= lr * dW_gpu1.T
    W_gpu2 -= lr * dW_gpu2.T
    b_gpu1 -= lr * torch.atleast_2d(db_gpu1)
    b_gpu2 -= lr * db_gpu2.expand_as(b_gpu2)
