"""A report as one HTML page, for people: written piece by piece, and needing nothing else."""
