# loses: reference.step
# mistake: none
# why: gradients clipped by a large norm (the notebook's own values don't show it)

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
nn.utils.clip_grad_norm_(linear.parameters(), 1e5)
optimizer.step()
