# loses: ring.reduce_scatter
# mistake: cut-elsewhere
# why: all chunks n // N long (transformers#37051 lost rows in the same way)

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n // world_size * i for i in range(world_size + 1)]
    chunks = [x[edges[i] : edges[i + 1]].clone() for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step - 1) % world_size, (rank - step - 2) % world_size
        came = torch.empty_like(chunks[into])
        going = dist.isend(chunks[out], right)
        dist.recv(came, left)
        going.wait()
        chunks[into] += came
    return chunks[rank]
