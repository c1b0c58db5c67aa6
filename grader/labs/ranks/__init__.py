"""The lab `ranks`: collectives by hand, and a linear layer as functions that N ranks run."""
