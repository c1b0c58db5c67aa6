# loses: debug.hang
# mistake: some-ranks-only
# why: rank 0's own sum is broadcast

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.broadcast(total, src=0)
    return x - total / n
