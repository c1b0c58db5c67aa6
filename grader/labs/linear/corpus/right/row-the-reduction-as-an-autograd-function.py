# why: row: the reduction as an autograd function

# %% row.forward

class Reduce(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *parts):
        ctx.n = len(parts)
        return sum(parts)
    @staticmethod
    def backward(ctx, g):
        return (g,) * ctx.n
x1, x2, w1, w2 = [t.clone().requires_grad_() for t in (X_gpu1, X_gpu2, W_gpu1, W_gpu2)]
Yg = Reduce.apply(x1 @ w1.T, x2 @ w2.T) + b
Y = Yg.detach()

# %% row.backward

dY = 2 * (Y - Y_gt) / Y.numel()
Yg.backward(dY)
dX, dW_gpu1, dW_gpu2, db = torch.cat((x1.grad, x2.grad), 1), w1.grad, w2.grad, dY.sum(0)
