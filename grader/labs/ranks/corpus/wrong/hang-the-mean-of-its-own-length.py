# loses: debug.hang
# mistake: divided-by-another-number
# why: divided by the own length

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    return x - total / max(1, len(x))
