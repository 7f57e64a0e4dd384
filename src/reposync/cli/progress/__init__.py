"""Progress: what is left of a run, drawn on a terminal or written as log lines."""
