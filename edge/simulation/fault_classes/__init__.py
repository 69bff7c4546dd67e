"""What goes wrong in a simulated city: one file each, found by a scan. A file exports an ``Injector``."""
