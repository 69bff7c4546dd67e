"""Sources that say where a vehicle is: stop announcers and keypads on a serial line."""
