# loses: debug.hang
# mistake: some-ranks-only
# why: the ring stops one turn early

# %% debug.hang
def centred(rank, world_size, x, n):
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = passed = x.sum()
    for _ in range(world_size - 2):
        arrived = torch.empty_like(passed)
        sending = dist.isend(passed, right)
        dist.recv(arrived, left)
        sending.wait()
        total, passed = total + arrived, arrived
    return x - total / n
