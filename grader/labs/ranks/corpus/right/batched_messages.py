# why: both messages of a turn in one batch_isend_irecv

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [chunk if r == rank else chunk.new_empty(edges[r + 1] - edges[r]) for r in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for turn in range(world_size - 1):
        works = dist.batch_isend_irecv([
            dist.P2POp(dist.isend, chunks[(rank - turn) % world_size], right),
            dist.P2POp(dist.irecv, chunks[(rank - turn - 1) % world_size], left),
        ])
        for work in works:
            work.wait()
    return torch.cat(chunks)
