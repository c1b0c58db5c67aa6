"""What was handed in, read warily and rebuilt on the released notebook."""
