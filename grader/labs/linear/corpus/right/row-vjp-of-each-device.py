# why: row: vjp of each device

# %% row.backward

dY = torch.autograd.functional.vjp(lambda y: nn.functional.mse_loss(y, Y_gt), Y)[1]
_, (dX1, dW_gpu1) = torch.autograd.functional.vjp(lambda x, w: x @ w.T, (X_gpu1, W_gpu1), dY)
_, (dX2, dW_gpu2) = torch.autograd.functional.vjp(lambda x, w: x @ w.T, (X_gpu2, W_gpu2), dY)
dX, db = torch.cat((dX1, dX2), 1), dY.sum(0)
