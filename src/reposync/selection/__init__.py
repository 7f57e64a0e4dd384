"""Selection: which tags and repositories a line of the file selects. Pure, no I/O."""
