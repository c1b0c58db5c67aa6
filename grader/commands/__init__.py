"""The command line's commands, a file each: their words, and what they do."""
