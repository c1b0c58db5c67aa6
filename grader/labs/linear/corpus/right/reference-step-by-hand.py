# why: reference: step by hand

# %% reference.step
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict({'weight': W, 'bias': b[0]})
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
loss = nn.MSELoss()(Y_pred, Y_gt)
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad, linear.weight.grad, linear.bias.grad
with torch.no_grad():
    for p in linear.parameters(): p -= lr * p.grad
