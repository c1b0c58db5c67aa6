# loses: reference.step
# mistake: none
# why: an odd loss (the catalogue has no such mistake)

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean() * 3
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
optimizer.step()
