# loses: reference.step
# mistake: weight-not-copied
# why: nn.Linear keeps its own random weight

# %% reference.step
### BEGIN SOLUTION
# The linear layer to compare with
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
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
