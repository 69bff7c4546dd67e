"""QR engines: one file per protocol, each with ``MODELS``; existing is enough to be found."""
