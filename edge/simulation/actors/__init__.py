"""Who acts in a simulated city: one file each, found by a scan. A file exports ``async def act(town)``."""
