# why: reference: a generator

# %% reference.step

g = torch.Generator(device="cpu").manual_seed(0)
noise = torch.randn(2, 3, generator=g)
linear = nn.Linear(in_ch, out_ch)
linear.weight.data.copy_(W); linear.bias.data.copy_(b[0])

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
