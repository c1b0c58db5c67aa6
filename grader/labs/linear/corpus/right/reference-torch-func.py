# why: reference: torch.func

# %% reference.step

from torch.func import functional_call, grad_and_value
linear = nn.Linear(in_ch, out_ch)
linear.load_state_dict(dict(weight=W.clone(), bias=b.squeeze(0).clone()))
optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
X_t = X.clone().requires_grad_(True)
params = {k: v.detach() for k, v in linear.named_parameters()}
def objective(params, x):
    y = functional_call(linear, params, (x,))
    return ((y - Y_gt) ** 2).mean(), y
(grads, dX_torch), (loss, Y_pred) = grad_and_value(objective, argnums=(0, 1), has_aux=True)(params, X_t.detach())
dW_torch, db_torch = grads["weight"], grads["bias"]
for name, p in linear.named_parameters():
    p.grad = grads[name].clone()
optimizer.step()
