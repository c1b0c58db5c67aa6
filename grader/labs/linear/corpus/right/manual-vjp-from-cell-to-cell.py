# why: manual: vjp from cell to cell

# %% manual.forward

from torch.func import vjp
Y, pullback = vjp(lambda x, w, c: x @ w.T + c, X, W, b)

# %% manual.dY

loss, back = vjp(lambda y: ((y - Y_gt) ** 2).mean(), Y)
(dY,) = back(torch.ones_like(loss))

# %% manual.gradients

dX, dWt, db2 = pullback(dY)
dW, db = dWt.T, db2.squeeze()
