# loses: debug.hang
# mistake: divided-by-another-number
# why: AVG for SUM

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total, op=dist.ReduceOp.AVG)
    return x - total / n
