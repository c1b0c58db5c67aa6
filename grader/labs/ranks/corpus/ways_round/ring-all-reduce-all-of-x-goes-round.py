# loses: ring.all_reduce
# says: are enough
# why: right, and n numbers each turn: each rank adds all parts in the order of the ranks

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    parts = [x if i == rank else torch.empty_like(x) for i in range(world_size)]
    for step in range(world_size - 1):
        going = dist.isend(parts[(rank - step) % world_size], (rank + 1) % world_size)
        dist.recv(parts[(rank - step - 1) % world_size], (rank - 1) % world_size)
        going.wait()
    return torch.stack(parts).sum(0)
