# why: reference: another initialisation first

# %% reference.step

linear = nn.Linear(in_ch, out_ch)
nn.init.trunc_normal_(linear.weight, std=0.02)
linear.weight.data.copy_(W); linear.bias.data.copy_(b[0])

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
