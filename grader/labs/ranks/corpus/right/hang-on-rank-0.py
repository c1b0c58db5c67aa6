# why: sums gathered on rank 0, the mean scattered from it

# %% debug.hang
def centred(rank, world_size, x, n):
    own, mean = x.sum().reshape(1), x.new_empty(1)
    everyone = [torch.empty_like(own) for _ in range(world_size)] if rank == 0 else None
    dist.gather(own, everyone, dst=0)
    means = [torch.stack(everyone).sum(0) / n] * world_size if rank == 0 else None
    dist.scatter(mean, means, src=0)
    return x - mean
