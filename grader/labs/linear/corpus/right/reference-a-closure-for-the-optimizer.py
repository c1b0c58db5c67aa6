# why: reference: a closure for the optimizer

# %% reference.step

linear = nn.Linear(in_ch, out_ch)
state = {"weight": W, "bias": b.squeeze(0)}
linear.load_state_dict(state)
optimizer = torch.optim.SGD(linear.parameters(), lr=lr, foreach=False)
X_t = X.clone().requires_grad_(True)
def closure():
    global Y_pred, dX_torch, dW_torch, db_torch
    optimizer.zero_grad()
    Y_pred = linear(X_t)
    loss = torch.mean(torch.square(Y_pred - Y_gt))
    loss.backward()
    dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
    return loss
loss = optimizer.step(closure)
