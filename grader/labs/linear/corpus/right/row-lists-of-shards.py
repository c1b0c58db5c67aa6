# why: row: lists of shards

# %% row.shard

part_size = in_ch // 2
W_gpu1, W_gpu2 = W[:, :part_size].clone(), W[:, part_size:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size], X[:, part_size:]

Ws, Xs, bs = [W_gpu1, W_gpu2], [X_gpu1, X_gpu2], [b_gpu1, b_gpu2]

# %% row.forward

Ys = [x @ w.T for x, w in zip(Xs, Ws)]
Y = sum(Ys) + b

# %% row.backward

dY = 2 * (Y - Y_gt) / Y.numel()
dX = torch.cat([dY @ w for w in Ws], 1)
dWs = [dY.T @ x for x in Xs]
dW_gpu1, dW_gpu2 = dWs
db = dY.sum(0)

# %% row.update

for w, g in zip(Ws, dWs):
    w -= lr * g
for c in bs:
    c -= lr * db
b_tp_row = bs[0].clone()
