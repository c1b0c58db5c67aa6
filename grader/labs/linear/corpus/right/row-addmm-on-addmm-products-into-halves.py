# why: row: addmm on addmm, products into halves

# %% row.forward

Y = torch.addmm(b, X_gpu1, W_gpu1.T)
Y = torch.addmm(Y, X_gpu2, W_gpu2.T)

# %% row.backward

dY = torch.sub(Y, Y_gt).mul_(2 / Y.numel())
dX = torch.empty(batch_size, in_ch)
torch.mm(dY, W_gpu1, out=dX[:, :part_size])
torch.mm(dY, W_gpu2, out=dX[:, part_size:])
dW_gpu1, dW_gpu2 = torch.mm(dY.T, X_gpu1), torch.mm(dY.T, X_gpu2)
db = torch.mv(dY.T, torch.ones(batch_size))

# %% row.update

W_gpu1.addmm_(dY.T, X_gpu1, alpha=-lr) if False else W_gpu1.sub_(dW_gpu1, alpha=lr)
W_gpu2.sub_(dW_gpu2, alpha=lr)
b_tp_row = torch.addmm(b, torch.ones(1, batch_size), dY, alpha=-lr) if False else b.sub(db, alpha=lr)
b_gpu1.copy_(b_tp_row); b_gpu2.copy_(b_tp_row)
