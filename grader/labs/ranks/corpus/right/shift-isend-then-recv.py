# why: isend, a blocking recv, wait

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, dst=(rank + 1) % world_size)
    dist.recv(came, src=(rank - 1) % world_size)
    going.wait()
    return came
