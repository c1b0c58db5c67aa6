# loses: softmax.forward
# mistake: none
# why: the sum of device 1 alone for both

# %% softmax.forward
a, b = X @ gate_gpu1.T, X @ gate_gpu2.T
m = torch.maximum(a.amax(1, keepdim=True), b.amax(1, keepdim=True))
total = (a - m).exp().sum(1, keepdim=True)
P_gpu1, P_gpu2 = (a - m).exp() / total, (b - m).exp() / total
