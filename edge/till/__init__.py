"""The till's pages on loopback: a client of the terminal's control socket that speaks HTTP to two screens."""
