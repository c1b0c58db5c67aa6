"""A rebuilt notebook executed: what runs, how much it may take, and what is kept of its outputs."""
