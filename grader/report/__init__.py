"""What people look at: the table of a class, and the feedback pages."""
