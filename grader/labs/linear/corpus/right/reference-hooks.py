# why: reference: hooks

# %% reference.step

linear = nn.Linear(in_ch, out_ch).to(device)
with torch.no_grad():
    for p, v in zip(linear.parameters(), (W, b.squeeze())):
        p.copy_(v)
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
grads = {}
X_t = X.clone().requires_grad_(True)
X_t.register_hook(lambda g: grads.__setitem__("X", g.clone()))
linear.weight.register_hook(lambda g: grads.__setitem__("W", g.clone()))
linear.bias.register_hook(lambda g: grads.__setitem__("b", g.clone()))
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = grads["X"], grads["W"], grads["b"]
optimizer.step()
