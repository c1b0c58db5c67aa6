# why: reference: on meta first

# %% reference.step

linear = nn.Linear(in_ch, out_ch, device="meta")
linear.weight, linear.bias = nn.Parameter(W.clone()), nn.Parameter(b[0].clone())

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
