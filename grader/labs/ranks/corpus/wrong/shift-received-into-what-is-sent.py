# loses: ring.shift
# mistake: none
# why: received into the tensor that is under way (TransformerEngine and Megatron-LM#4047: a buffer reused too early)

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    buffer = x.clone()
    going = dist.isend(buffer, (rank + 1) % world_size)
    dist.recv(buffer, (rank - 1) % world_size)
    going.wait()
    return buffer
