# why: row: modules

# %% row.shard

part_size = in_ch // 2
class RowParallel(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.weight = nn.Parameter(w.clone())
    def forward(self, x):
        return nn.functional.linear(x, self.weight)
m1, m2 = RowParallel(W[:, :part_size]), RowParallel(W[:, part_size:])
W_gpu1, W_gpu2 = m1.weight.data, m2.weight.data
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :part_size].contiguous(), X[:, part_size:].contiguous()

# %% row.forward

with torch.no_grad():
    Y = m1(X_gpu1) + m2(X_gpu2) + b

# %% row.backward

x1, x2 = X_gpu1.clone().requires_grad_(), X_gpu2.clone().requires_grad_()
dY = 2 * (Y - Y_gt) / Y.numel()
m1(x1).backward(dY)
m2(x2).backward(dY)
dX = torch.hstack((x1.grad, x2.grad))
dW_gpu1, dW_gpu2, db = m1.weight.grad, m2.weight.grad, dY.sum(0)

# %% row.update

with torch.no_grad():
    m1.weight -= lr * dW_gpu1
    m2.weight -= lr * dW_gpu2
b_tp_row = b - lr * db
