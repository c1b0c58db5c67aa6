# loses: ring.reduce_scatter
# mistake: cut-elsewhere
# why: torch.chunk makes the first chunks the long ones, and may make fewer than there are ranks

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * i // world_size for i in range(world_size + 1)]
    chunks = [part.clone() for part in x.chunk(world_size)]
    chunks += [x[:0].clone()] * (world_size - len(chunks))
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step - 1) % world_size, (rank - step - 2) % world_size
        came = torch.empty_like(chunks[into])
        going = dist.isend(chunks[out], right)
        dist.recv(came, left)
        going.wait()
        chunks[into] += came
    return chunks[rank]
