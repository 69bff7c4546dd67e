"""A fleet of made-up terminals that sends real, signed batches to a centre: for who sizes a server."""
