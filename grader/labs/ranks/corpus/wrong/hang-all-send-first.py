# loses: debug.hang
# mistake: none
# says: waits
# why: the order of send and recv changed on rank 0 alone, and the last rank's too: two ranks still wait for each other

# %% debug.hang
def centred(rank, world_size, x, n):
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = passed = x.sum()
    for _ in range(world_size - 1):
        arrived = torch.empty_like(passed)
        dist.send(passed, right)
        dist.recv(arrived, left)
        total, passed = total + arrived, arrived
    return x - total / n
