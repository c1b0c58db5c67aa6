# loses: debug.hang
# mistake: none
# why: reduce in place of all_reduce

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.reduce(total, dst=0)
    return x - total / n
