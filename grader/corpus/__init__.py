"""A lab's corpus: right and wrong solutions of its tasks, and how well the exam tells them apart."""
