# why: blocking calls, even ranks send first and odd ones receive first

# %% ring.shift
def shift(rank, world_size, x):
    result = x.clone()
    if world_size > 1:
        steps = [lambda: dist.send(x, (rank + 1) % world_size), lambda: dist.recv(result, (rank - 1) % world_size)]
        for step in steps if rank % 2 == 0 else reversed(steps):
            step()
    return result
