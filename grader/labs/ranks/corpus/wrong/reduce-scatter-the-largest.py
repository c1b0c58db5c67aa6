# loses: ring.reduce_scatter
# mistake: largest-not-added
# why: the largest and not the sum

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * i // world_size for i in range(world_size + 1)]
    chunks = [x[edges[i] : edges[i + 1]].clone() for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step - 1) % world_size, (rank - step - 2) % world_size
        came = torch.empty_like(chunks[into])
        going = dist.isend(chunks[out], right)
        dist.recv(came, left)
        going.wait()
        chunks[into] = torch.maximum(chunks[into], came)
    return chunks[rank]
