"""What is copied and when: tags, stages, the run and what it tells."""
