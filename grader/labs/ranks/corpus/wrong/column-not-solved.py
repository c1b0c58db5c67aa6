# loses: column.step
# mistake: none
# says: rank 0: not solved yet
# why: not solved

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    raise NotImplementedError
