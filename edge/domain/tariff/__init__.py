"""The tariff engine: a bundle is data, ``price`` is a function, every rule leaves a line."""
