# why: the sum and the count of each rank in one tensor

# %% debug.hang
def centred(rank, world_size, x, n):
    both = torch.stack((x.sum(), x.new_ones(len(x)).sum()))
    dist.all_reduce(both)
    return x - both[0] / both[1]
