# loses: softmax.forward
# says: the full matrix must not be there
# why: the whole gate on one device

# %% softmax.forward
whole = torch.cat((gate_gpu1, gate_gpu2))
P = torch.softmax(X @ whole.T, 1)
half = gate_gpu1.shape[0]
P_gpu1, P_gpu2 = P[:, :half].clone(), P[:, half:].clone()
