"""The files of other tools: read into ours, and written from it."""
