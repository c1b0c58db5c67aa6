# loses: ring.all_gather
# says: are enough
# why: chunks in a row of zeros, n numbers each turn

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    lo, hi = n * rank // world_size, n * (rank + 1) // world_size
    passed = F.pad(chunk, (lo, n - hi))
    whole = passed.clone()
    for _ in range(world_size - 1):
        came = torch.empty_like(passed)
        going = dist.isend(passed, (rank + 1) % world_size)
        dist.recv(came, (rank - 1) % world_size)
        going.wait()
        whole, passed = whole + came, came
    return whole
