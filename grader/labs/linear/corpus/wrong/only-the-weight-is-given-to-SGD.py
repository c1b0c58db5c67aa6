# loses: reference.step
# mistake: not-updated
# why: only the weight is given to SGD (a mistake of the catalogue in other words)

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
optimizer = torch.optim.SGD([linear.weight], lr=lr)
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]
optimizer.step()
