"""What a registry is and does, and how each of it was found out."""
