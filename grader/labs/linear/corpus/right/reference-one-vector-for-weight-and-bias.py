# why: reference: one vector for weight and bias

# %% reference.step

linear = nn.Linear(in_ch, out_ch)
nn.utils.vector_to_parameters(torch.cat([W.reshape(-1), b.reshape(-1)]), linear.parameters())

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)
loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()
dX_torch, dW_torch, db_torch = X_t.grad.clone(), linear.weight.grad.clone(), linear.bias.grad.clone()
optimizer.step()
