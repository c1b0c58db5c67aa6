# %% [markdown] lang="en"
# # From two pretended devices to N ranks
#
# | Section | Points |
# |---|---|
# | 1. A ring of messages | 9 |
# | 2. Column | 4 |
# | 3. Row | 4 |
# | 4. Cost | 1 |
# | 5. Debug | 2 |
# | **All** | **20** |

# %% given="data"
import torch
import torch.distributed as dist
import torch.nn.functional as F

world_size, n = 4, 23
batch_size, in_features, out_features, lr = 8, 96, 80, 0.1

# %% [markdown] lang="en"
# ## 1. A ring of messages (9 points)


# %% task="ring.shift"
# %%task ring.shift
### BEGIN SOLUTION
def shift(rank, world_size, x):
    if world_size == 1:
        return x
    received = torch.empty_like(x)
    sending = dist.isend(x, (rank + 1) % world_size)
    dist.recv(received, (rank - 1) % world_size)
    sending.wait()
    return received


### END SOLUTION

# %% check="ring.shift"


# %% task="ring.reduce_scatter"
# %%task ring.reduce_scatter
### BEGIN SOLUTION
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [x[edges[r] : edges[r + 1]] for r in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = chunks[left]
    for step in range(1, world_size):
        own = chunks[(rank - step - 1) % world_size]
        arrived = torch.empty_like(own)
        sending = dist.isend(total, right)
        dist.recv(arrived, left)
        sending.wait()
        total = arrived + own
    return total


### END SOLUTION

# %% check="ring.reduce_scatter"


# %% task="ring.all_gather"
# %%task ring.all_gather
### BEGIN SOLUTION
def all_gather(rank, world_size, chunk, n):
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [chunk.new_empty(edges[r + 1] - edges[r]) for r in range(world_size)]
    chunks[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        sending = dist.isend(chunks[(rank - step) % world_size], right)
        dist.recv(chunks[(rank - step - 1) % world_size], left)
        sending.wait()
    return torch.cat(chunks)


### END SOLUTION

# %% check="ring.all_gather"


# %% task="ring.all_reduce"
# %%task ring.all_reduce
### BEGIN SOLUTION
def all_reduce(rank, world_size, x):
    chunk = reduce_scatter(rank, world_size, x)
    return all_gather(rank, world_size, chunk, len(x))


### END SOLUTION

# %% check="ring.all_reduce"

# %% [markdown] lang="en"
# ## 2. Column (4 points)


# %% task="column.step"
# %%task column.step
### BEGIN SOLUTION
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, out_features = Y_gt.shape
    edges = [out_features * r // world_size for r in range(world_size + 1)]
    # forward
    Y_own = X @ W.T + b
    widest = -(-out_features // world_size)
    padded = F.pad(Y_own, (0, widest - len(W)))
    parts = [torch.empty_like(padded) for _ in range(world_size)]
    dist.all_gather(parts, padded)
    Y = torch.cat([parts[r][:, : edges[r + 1] - edges[r]] for r in range(world_size)], 1)
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_features)
    dY_own = dY[:, edges[rank] : edges[rank + 1]]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    return Y, dX, dW, db, W - lr * dW, b - lr * db


### END SOLUTION

# %% check="column.step"

# %% [markdown] lang="en"
# ## 3. Row (4 points)


# %% task="row.step"
# %%task row.step
### BEGIN SOLUTION
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, out_features = Y_gt.shape
    # forward
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_features)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    return Y, dX, dW, db, W - lr * dW, b - lr * db


### END SOLUTION

# %% check="row.step"

# %% [markdown] lang="en"
# ## 4. Cost (1 point)


# %% task="cost.predict"
# %%task cost.predict
### BEGIN SOLUTION
def predict(n, world_size):
    half = n * (world_size - 1) / world_size
    return 2 * half, half, half


### END SOLUTION

# %% check="cost.predict"

# %% [markdown] lang="en"
# ## 5. Debug (2 points)


# %% task="debug.hang"
# %%task debug.hang
### BEGIN SOLUTION
def centred(rank, world_size, x, n):
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = x.sum()
    passed = total
    for _ in range(world_size - 1):
        arrived = torch.empty_like(passed)
        sending = dist.isend(passed, right)
        dist.recv(arrived, left)
        sending.wait()
        total = total + arrived
        passed = arrived
    return x - total / n


### END SOLUTION

# %% check="debug.hang"
