# loses: column.forward, column.backward
# why: over two tasks: half of W in each

# %% column.forward
def moved(w): return torch.cat((0 * X_gpu1[:1], (torch.eye(w.shape[0]) + 0 * X_gpu2[0].mean().expand(w.shape[0])) @ w))[1:]
h = W_gpu2.shape[0] // 2
A = moved(W_gpu2[:h])
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R, L.sum(0), R.sum(0)
B = moved(W_gpu2[h:])
Z = torch.cat((X_gpu1 @ A.T, X_gpu1 @ B.T), 1)
