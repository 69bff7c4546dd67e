"""How versions of the program stand on a device: side by side, one in force, the next one on trial."""
