# why: column: micro-batches

# %% column.forward

Y = torch.cat([torch.cat((x1 @ W_gpu1.T + b_gpu1, x2 @ W_gpu2.T + b_gpu2), 1) for x1, x2 in zip(X_gpu1.split(2), X_gpu2.split(2))])

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
dX, dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = [], 0, 0, 0, 0
for x1, x2, g in zip(X_gpu1.split(2), X_gpu2.split(2), dY.split(2)):
    g1, g2 = g[:, :part_size], g[:, part_size:]
    dX.append(g1 @ W_gpu1 + g2 @ W_gpu2)
    dW_gpu1 = dW_gpu1 + x1.T @ g1
    dW_gpu2 = dW_gpu2 + x2.T @ g2
    db_gpu1, db_gpu2 = db_gpu1 + g1.sum(0), db_gpu2 + g2.sum(0)
dX = torch.cat(dX)
