# why: one tensor that goes round, kept on the way in a dictionary

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    known, passing, owner = {rank: chunk}, chunk, rank
    while len(known) < world_size:
        owner = (owner - 1) % world_size
        came = chunk.new_zeros(n * (owner + 1) // world_size - n * owner // world_size)
        receive = dist.irecv(came, (rank - 1) % world_size)
        dist.send(passing, (rank + 1) % world_size)
        receive.wait()
        known[owner] = passing = came
    return torch.cat([known[i] for i in sorted(known)])
