# why: manual: double and back to float

# %% manual.forward
Y = (X.double() @ W.double().T + b.double()).float()

# %% manual.dY
dY = (2 * (Y.double() - Y_gt.double()) / (batch_size * out_ch)).float()

# %% manual.gradients

dX, dW, db = (dY.double() @ W.double()).float(), (X.double().T @ dY.double()).float(), dY.double().sum(0).float()

# %% manual.update

W_manual = (W.double() - lr * dW.double().T).to(torch.float32)
b_manual = (b.double() - lr * db.double()).to(torch.float32)
