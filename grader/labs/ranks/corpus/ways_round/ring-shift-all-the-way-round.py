# loses: ring.shift
# says: are enough
# why: N + 1 turns, which end where one does

# %% ring.shift
def shift(rank, world_size, x):
    passed = x.clone()
    for _ in range(world_size + 1 if world_size > 1 else 0):
        came = torch.empty_like(passed)
        going = dist.isend(passed, (rank + 1) % world_size)
        dist.recv(came, (rank - 1) % world_size)
        going.wait()
        passed = came
    return passed
