"""What is said of a submission: its tasks' results and its flags."""
