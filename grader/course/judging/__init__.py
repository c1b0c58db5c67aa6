"""The tasks of an executed notebook judged, in processes that student code never reaches."""
