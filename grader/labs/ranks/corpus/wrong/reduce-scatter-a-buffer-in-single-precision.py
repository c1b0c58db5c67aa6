# loses: ring.reduce_scatter
# mistake: none
# says: float32 for it
# why: the buffer is float32, whatever x is

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * i // world_size for i in range(world_size + 1)]
    chunks = [x[edges[i] : edges[i + 1]].clone() for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step - 1) % world_size, (rank - step - 2) % world_size
        came = torch.empty(len(chunks[into]), dtype=torch.float32)
        going = dist.isend(chunks[out], right)
        dist.recv(came, left)
        going.wait()
        chunks[into] += came
    return chunks[rank]
