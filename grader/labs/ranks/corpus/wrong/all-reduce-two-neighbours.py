# loses: ring.all_reduce
# mistake: some-ranks-only
# why: the sum of two neighbours, right on two ranks

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, (rank + 1) % world_size)
    dist.recv(came, (rank - 1) % world_size)
    going.wait()
    return x + came
