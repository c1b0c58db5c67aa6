"""The warm process that kernels are forked from, its forks, and how it is asked for them."""
