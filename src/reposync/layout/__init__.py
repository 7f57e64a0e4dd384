"""OCI image layouts, a directory or a tar of one, as source and destination; no server needed."""
