"""External copiers: other programs that move images, skopeo and dregsy."""
