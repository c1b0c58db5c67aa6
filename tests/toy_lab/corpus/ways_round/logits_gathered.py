# loses: softmax.forward
# says: have crossed devices by now
# why: all logits cross, where two numbers a row would do

# %% softmax.forward
logits = torch.cat((X @ gate_gpu1.T, X @ gate_gpu2.T), 1)
P = torch.softmax(logits, 1)
half = gate_gpu1.shape[0]
P_gpu1, P_gpu2 = P[:, :half].clone(), P[:, half:].clone()
