# loses: debug.hang
# mistake: none
# says: all_reduce
# why: the parts themselves are summed, which are not even as long (nccl#1394)

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.clone()
    dist.all_reduce(total)
    return x - total.sum() / n
