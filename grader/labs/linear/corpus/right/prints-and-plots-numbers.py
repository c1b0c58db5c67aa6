# why: prints and plots numbers

# %% column.forward
print(W_gpu1, W_gpu2)
print(float(W_gpu1.max()), W_gpu2[0, 0].item(), X_gpu1.tolist()[0][0])
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
