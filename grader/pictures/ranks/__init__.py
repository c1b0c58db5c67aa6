"""Pictures of a run on N ranks: who sent what to whom and when, and how many numbers left each."""
