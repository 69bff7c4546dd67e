"""Virtual reader, SAM, card and PSAM: the bytes of the devices, on a pty."""
