# loses: manual.gradients
# mistake: dW-over-batch
# why: dW by an outer sum, over the batch (a mistake of the catalogue in other words)

# %% manual.gradients
dX = dY.matmul(W)
dW = torch.einsum('nk,nm->nkm', X, dY).mean(0)
db = dY.sum(0)
