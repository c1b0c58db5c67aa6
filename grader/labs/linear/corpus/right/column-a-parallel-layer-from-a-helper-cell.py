# why: column: a parallel layer from a helper cell

# %% before

import torch.nn as nn
class ColumnParallelLinear(nn.Module):
    '''Параллельный по столбцам слой.'''
    def __init__(self, weight, bias):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.bias = nn.Parameter(bias.clone())
    def forward(self, x):
        self.x = x
        return x @ self.weight.t() + self.bias
    @torch.no_grad()
    def backward(self, grad):
        self.weight.grad = grad.t() @ self.x
        self.bias.grad = grad.sum(dim=0, keepdim=True)
        return grad @ self.weight
    @torch.no_grad()
    def sgd(self, lr):
        for p in self.parameters():
            p.sub_(p.grad, alpha=lr)

# %% column.shard

part_size = out_ch // 2
rank1 = ColumnParallelLinear(W[:part_size], b[:, :part_size])
rank2 = ColumnParallelLinear(W[part_size:], b[:, part_size:])
W_gpu1, W_gpu2, b_gpu1, b_gpu2 = rank1.weight, rank2.weight, rank1.bias, rank2.bias
X_gpu1, X_gpu2 = X.clone(), X.clone()

# %% column.forward

Y_gpu1, Y_gpu2 = rank1(X_gpu1), rank2(X_gpu2)
Y = torch.cat((Y_gpu1, Y_gpu2), dim=1).detach()

# %% column.backward

dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
dX = rank1.backward(dY[:, :part_size]) + rank2.backward(dY[:, part_size:])
dW_gpu1, dW_gpu2 = rank1.weight.grad.T, rank2.weight.grad.T
db_gpu1, db_gpu2 = rank1.bias.grad[0], rank2.bias.grad[0]

# %% column.update

rank1.sgd(lr)
rank2.sgd(lr)
