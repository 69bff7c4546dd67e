"""The identity application of the social security card: who holds it, and nothing else about anybody."""

from drivers.cards.identity.application import Application
from drivers.cards.identity.reading import IdentitySettings, snapshot

__all__ = ["Application", "IdentitySettings", "snapshot"]
