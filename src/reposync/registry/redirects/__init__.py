"""Where an answer may lead, and where it must not."""
