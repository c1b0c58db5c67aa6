# why: blocking calls, in an order that even and odd ranks differ in

# %% debug.hang
def centred(rank, world_size, x, n):
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = passed = x.sum()
    for _ in range(world_size - 1):
        arrived = torch.empty_like(passed)
        if rank % 2 == 0:
            dist.send(passed, right)
            dist.recv(arrived, left)
        else:
            dist.recv(arrived, left)
            dist.send(passed, right)
        total, passed = total + arrived, arrived
    return x - total / n
