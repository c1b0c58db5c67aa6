# loses: reference.step
# mistake: momentum
# why: momentum in an optimizer of another name

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
opt = torch.optim.SGD(linear.parameters(), lr=lr, momentum=0.9)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
opt.step()
