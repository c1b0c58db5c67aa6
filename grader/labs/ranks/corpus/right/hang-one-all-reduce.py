# why: the loop of messages given up for one all_reduce

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    return x - total / n
