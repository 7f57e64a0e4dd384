"""The configuration file: from YAML with lines and columns to frozen settings."""
