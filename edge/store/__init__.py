"""The terminal's files: the journal and the editions of reference data."""
