"""From authored TOML to a compiled tariff, and what an author needs on the way. The terminal never imports this."""
