# loses: reference.step
# why: nn.Parameter(W) shares storage: optimizer.step() overwrites the shared W

# %% reference.step
### BEGIN SOLUTION
# The linear layer to compare with
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight = nn.Parameter(W)
    linear.bias.copy_(b.squeeze().clone())

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)

X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)

loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()

# The gradients to check against
dX_torch = X_t.grad.clone()
dW_torch = linear.weight.grad.clone()
db_torch = linear.bias.grad.clone()

optimizer.step()
### END SOLUTION
