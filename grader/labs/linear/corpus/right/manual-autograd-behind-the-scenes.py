# why: manual: autograd behind the scenes

# %% manual.dY
Y_ = Y.clone().requires_grad_()
nn.functional.mse_loss(Y_, Y_gt).backward()
dY = Y_.grad
