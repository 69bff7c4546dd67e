"""One file per technician command, loaded when it is called."""
