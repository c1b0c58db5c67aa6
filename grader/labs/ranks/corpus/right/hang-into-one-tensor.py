# why: all_gather_into_tensor of one number each

# %% debug.hang
def centred(rank, world_size, x, n):
    sums = x.new_empty(world_size)
    dist.all_gather_into_tensor(sums, x.sum().view(1))
    return x - sums.sum() / n
