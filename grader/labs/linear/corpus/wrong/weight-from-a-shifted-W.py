# loses: reference.step
# mistake: none
# why: weight from a shifted W (the catalogue has no such mistake)

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W.roll(1, 0), 'bias': b[0]})
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
optimizer.step()
