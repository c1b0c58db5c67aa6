# why: the sums of all ranks gathered and added

# %% debug.hang
def centred(rank, world_size, x, n):
    sums = [x.new_empty(1) for _ in range(world_size)]
    dist.all_gather(sums, x.sum().reshape(1))
    return x - torch.cat(sums).sum() / n
