# loses: row.step
# mistake: bias-on-every-rank
# why: F.linear adds the bias on every rank before the sum (TGI#1036, MinivLLM#80, Paddle#35186, torchtitan#4245)

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = torch.nn.functional.linear(X, W, b.squeeze(0))
    dist.all_reduce(Y)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
