# loses: softmax.forward
# mistake: softmax-of-one-device
# why: each device takes its own maximum and its own sum

# %% softmax.forward
P_gpu1, P_gpu2 = torch.softmax(X @ gate_gpu1.T, 1), torch.softmax(X @ gate_gpu2.T, 1)
