# why: the ring runs to the left

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    result = chunk.new_zeros(n)
    result[edges[rank] : edges[rank + 1]] = chunk
    held = chunk
    for step in range(1, world_size):
        owner = (rank + step) % world_size
        buffer = chunk.new_empty(edges[owner + 1] - edges[owner])
        send = dist.isend(held, (rank - 1) % world_size)
        receive = dist.irecv(buffer, (rank + 1) % world_size)
        receive.wait(), send.wait()
        result[edges[owner] : edges[owner + 1]] = buffer
        held = buffer
    return result
