"""The lab `linear`: one SGD step of a linear layer, by nn.Linear, by hand, column-wise and row-wise on two devices."""
