# loses: row.step
# mistake: none
# says: replicas of one tensor
# why: its own part and the rest of the sum added again: replicas drift by rounding, as each rank rounds elsewhere

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    layer = torch.nn.Linear(W.shape[1], W.shape[0], bias=False, dtype=W.dtype)
    with torch.no_grad():
        layer.weight.copy_(W)
    bias = torch.nn.Parameter(b.clone())
    x = X.clone().requires_grad_()
    partial = layer(x)
    whole = partial.detach().clone()
    dist.all_reduce(whole)
    # the other ranks' parts are constants here: the gradient passes through the own part alone
    Y = partial + (whole - partial.detach()) + bias
    torch.nn.functional.mse_loss(Y, Y_gt).backward()
    dW, db = layer.weight.grad.clone(), bias.grad.squeeze(0).clone()
    torch.optim.SGD([layer.weight, bias], lr=lr).step()
    return {"Y": (whole + b), "dX": x.grad, "dW": dW, "db": db, "W": layer.weight.detach(), "b": bias.detach()}
