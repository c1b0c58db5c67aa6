# loses: reference.step
# mistake: bias-not-copied
# why: bias left to nn.Linear (a mistake of the catalogue in other words)

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight[:] = W
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
optimizer.step()
