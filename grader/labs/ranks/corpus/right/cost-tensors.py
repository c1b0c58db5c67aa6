# why: the numbers as tensors

# %% cost.predict
def predict(n, world_size):
    half = torch.tensor(n * (1 - 1 / world_size), dtype=torch.float64)
    return torch.stack((2 * half, half, half)).unbind()
