# loses: ring.reduce_scatter
# mistake: another-ranks-chunk
# why: the running sum begins with the own chunk, and ends on the wrong rank

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * i // world_size for i in range(world_size + 1)]
    chunks = [x[edges[i] : edges[i + 1]].clone() for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total, index = chunks[rank], rank
    for step in range(world_size - 1):
        index = (index - 1) % world_size
        came = torch.empty_like(chunks[index])
        going = dist.isend(total, right)
        dist.recv(came, left)
        going.wait()
        total = came + chunks[index]
    return total
