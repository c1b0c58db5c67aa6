# loses: column.forward
# why: column: W moved in small pieces, disguised as data

# %% column.forward
zero = 0 * X_gpu2[:1]
pieces = [X_gpu1.clone()[:0]] + [torch.cat((X_gpu1[:0], r[None] + zero)) for r in W_gpu2]
moved = torch.cat(pieces)
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ moved.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
