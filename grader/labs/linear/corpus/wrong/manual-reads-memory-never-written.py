# loses: manual.forward
# says: some of its numbers were never written
# why: manual: reads memory never written

# %% manual.forward
Y = torch.empty(batch_size, out_ch)
Y += X @ W.T + b
