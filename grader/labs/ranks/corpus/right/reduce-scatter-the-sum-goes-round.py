# why: one running sum goes round and takes up a chunk on each rank, as NCCL does it

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = x.numel()
    chunk = lambda i: x[n * (i % world_size) // world_size : n * (i % world_size + 1) // world_size]
    total = chunk(rank - 1).clone()
    for step in range(world_size - 1):
        mine = chunk(rank - step - 2)
        came = torch.empty_like(mine)
        going = dist.isend(total, (rank + 1) % world_size)
        dist.recv(came, (rank - 1) % world_size)
        going.wait()
        total = came + mine
    return total
