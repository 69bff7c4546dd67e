"""What entries of a journal say, in words: at a terminal's command as at the centre that received them."""
