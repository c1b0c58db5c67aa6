# loses: debug.hang
# mistake: none
# says: all_reduce
# why: a rank without numbers skips the sum, and the others wait for it

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    if len(x):
        dist.all_reduce(total)
    return x - total / n
