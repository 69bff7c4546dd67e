"""Throw-away keys for tests; X25519 pairs are made once."""

from __future__ import annotations

from edge.crypto.sealing import new_clearing_key

BOX_PRIVATE, BOX_PUBLIC = new_clearing_key()
