# why: reference: default dtype

# %% reference.step

torch.set_default_dtype(torch.float32)
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight.copy_(W)
    linear.bias.copy_(b[0])

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
