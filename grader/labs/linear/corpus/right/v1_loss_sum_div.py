# why: sum()/numel()

# %% reference.step
out_ch, in_ch = W.shape
linear = nn.Linear(in_ch, out_ch, dtype=W.dtype, device=W.device)
with torch.no_grad():
    linear.weight.copy_(W.clone())
    linear.bias.copy_(b.squeeze(0).clone())
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).sum() / Y_pred.numel()
loss.backward()
dW_torch = linear.weight.grad.clone()
db_torch = linear.bias.grad.clone()
optimizer.step()
dX_torch = X_t.grad.clone()
Y_pred = Y_pred.detach()
