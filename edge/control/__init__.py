"""Messages and client of the local control sockets."""
