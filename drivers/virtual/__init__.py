"""Virtual hardware: cards, PSAMs and readers that give the same bytes as the devices, on kernel ptys.

Nothing here imports the codecs, card applications or SAM conversations that talk to it: frames, keys, MACs and
counters are written a second time from the public sources, so that codec and twin cannot share one mistake.
"""
