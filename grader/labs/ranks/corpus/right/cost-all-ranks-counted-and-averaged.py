# why: what each rank sends in one collective, chunk by chunk, averaged over the ranks

# %% cost.predict
def predict(n, world_size):
    edges = [n * i // world_size for i in range(world_size + 1)]
    sizes = [b - a for a, b in zip(edges, edges[1:])]
    gathered = sum(size * (world_size - 1) for size in sizes) / world_size
    scattered = sum(n - size for size in sizes) / world_size
    return gathered + scattered, gathered, scattered
