"""Cloud registries: credentials from each vendor's own library, and creating repositories."""
