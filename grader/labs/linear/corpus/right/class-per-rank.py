# why: class per rank

# %% column.shard
part_size = W.shape[0] // 2
W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:].clone()
X_gpu1 = X.clone()
X_gpu2 = X.clone()

# %% column.forward
class Lin:
    def __init__(s, w, c): s.w, s.c = w, c
    def __call__(s, x): s.x = x; return x @ s.w.T + s.c
    def back(s, g): s.dw = s.x.T @ g; s.db = g.sum(0); return g @ s.w
l1, l2 = Lin(W_gpu1, b_gpu1), Lin(W_gpu2, b_gpu2)
Y = torch.cat((l1(X_gpu1), l2(X_gpu2)), 1)

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
dX = l1.back(dY[:, :part_size]) + l2.back(dY[:, part_size:])
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = l1.dw, l2.dw, l1.db, l2.db

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
