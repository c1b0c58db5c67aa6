# why: a list of chunks, each added to as it comes, with batch_isend_irecv

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    edges = [len(x) * r // world_size for r in range(world_size + 1)]
    chunks = [x[a:b].clone() for a, b in zip(edges, edges[1:])]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(1, world_size):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        buffer = torch.empty_like(chunks[into])
        works = dist.batch_isend_irecv([
            dist.P2POp(dist.isend, chunks[out], right),
            dist.P2POp(dist.irecv, buffer, left),
        ])
        for work in works:
            work.wait()
        chunks[into] += buffer
    return chunks[rank]
