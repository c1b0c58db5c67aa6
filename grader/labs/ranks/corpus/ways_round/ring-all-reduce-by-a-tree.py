# loses: ring.all_reduce
# says: are enough
# why: a tree to rank 0, which sends the whole sum to each

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    total, step = x.clone(), 1
    while step < world_size:
        if rank % (2 * step) == step:
            dist.send(total, rank - step)
        elif rank % (2 * step) == 0 and rank + step < world_size:
            other = torch.empty_like(total)
            dist.recv(other, rank + step)
            total += other
        step *= 2
    if rank == 0:
        for other in range(1, world_size):
            dist.send(total, other)
    else:
        dist.recv(total, 0)
    return total
