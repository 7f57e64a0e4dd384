"""Values of the OCI specifications: no I/O, no registry, no policy."""
