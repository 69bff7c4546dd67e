"""Receipt printers: a slip as ESC/POS bytes, what the printer says of itself, and the port that carries both."""
