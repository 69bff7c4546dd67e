"""What entries of a journal say, in words: the same at a terminal's command, and at the centre where it was received."""
