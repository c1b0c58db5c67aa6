# loses: column.step
# mistake: none
# says: not solved yet
# why: not solved

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    raise NotImplementedError
