# why: row: terms broadcast and added up

# %% row.forward

part1 = (X_gpu1[:, None] * W_gpu1).sum(2)
part2 = torch.sum(X_gpu2[:, None] * W_gpu2, dim=2)
Y = part1 + part2 + b
