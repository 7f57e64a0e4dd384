"""Referrers of a manifest, by the API or by the fallback tag."""
