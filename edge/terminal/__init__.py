"""The tap line and what keeps it running. Speaks only to ports."""
