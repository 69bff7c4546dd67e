"""Turns bytes from a serial line into facts about a medium, and orders into commands. Decides nothing."""
