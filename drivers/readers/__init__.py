"""Sans-IO codecs, one file per reader protocol."""
