# loses: reference.step
# mistake: left-at-zero
# why: gradients kept, then zeroed

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad, linear.weight.grad, linear.bias.grad
optimizer.step()
optimizer.zero_grad(set_to_none=False)
