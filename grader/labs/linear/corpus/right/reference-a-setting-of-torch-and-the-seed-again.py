# why: reference: a setting of torch and the seed again

# %% reference.step

torch.manual_seed(seed)
# линейный слой
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight.copy_(W); linear.bias.copy_(b[0])
assert torch.equal(linear.weight, W) and linear.weight.data_ptr() != W.data_ptr()

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
