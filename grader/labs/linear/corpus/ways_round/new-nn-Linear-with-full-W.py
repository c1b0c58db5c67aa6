# loses: column.forward
# why: the whole W on one device: new nn.Linear with full W

# %% column.shard
part_size = W.shape[0] // 2
W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:].clone()
X_gpu1 = X.clone()
X_gpu2 = X.clone()

# %% column.forward
m = nn.Linear(in_ch, out_ch)
with torch.no_grad(): m.weight[:part_size] = W_gpu1; m.weight[part_size:] = W_gpu2; m.bias.copy_(b[0])
Y = m(X_gpu1).detach()

# %% column.backward
dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX_gpu1 = dY[:, :part_size] @ W_gpu1
dX_gpu2 = dY[:, part_size:] @ W_gpu2
dX = dX_gpu1 + dX_gpu2
dW_gpu1 = X_gpu1.T @ dY[:, :part_size]
dW_gpu2 = X_gpu2.T @ dY[:, part_size:]
db_gpu1 = dY[:, :part_size].sum(dim=0)
db_gpu2 = dY[:, part_size:].sum(dim=0)

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
