# loses: debug.hang
# mistake: none
# why: divided by the own length

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    return x - total / max(1, len(x))
