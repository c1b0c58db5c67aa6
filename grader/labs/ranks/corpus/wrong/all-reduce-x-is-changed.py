# loses: ring.all_reduce
# mistake: none
# why: the sum is made in x itself

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    n = len(x)
    total = x
    parts = [total[n * i // world_size : n * (i + 1) // world_size] for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        came = torch.empty_like(parts[into])
        going = dist.isend(parts[out], right)
        dist.recv(came, left)
        going.wait()
        parts[into] += came
    for step in range(world_size - 1):
        out, into = (rank - step + 1) % world_size, (rank - step) % world_size
        going = dist.isend(parts[out], right)
        dist.recv(parts[into], left)
        going.wait()
    return total
