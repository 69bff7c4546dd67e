"""CA keys from a file, or those shipped: UnionPay's live ones that public terminals carry, or those of test cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from drivers.oda.ca_keys import CaKeyStore, load_ca_keys
from edge.domain.errors import ConfigError

LIVE_KEYS: Final = Path(__file__).with_name("live_ca_keys.json")
TEST_KEYS: Final = Path(__file__).with_name("test_ca_keys.json")
"""Authorities of the published test card and of virtual cards, every key of kind ``test``."""

KEY_LIST_BYTES_MAX: Final = 4_000_000


def read_ca_keys(file: Path | None, *, test_keys: bool = False) -> CaKeyStore:
    """Return the keys of a list in JSON; None: the shipped ones, for ``test_keys`` those of test cards.

    Raises ``CONFIG_UNREADABLE`` or ``CONFIG_VALUE``.
    """
    try:
        if file is None:
            return load_ca_keys(json.loads((TEST_KEYS if test_keys else LIVE_KEYS).read_text("utf-8")))
        if file.stat().st_size > KEY_LIST_BYTES_MAX:
            raise ConfigError("CONFIG_UNREADABLE", f"{file}: more than {KEY_LIST_BYTES_MAX} bytes")
        return load_ca_keys(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {type(error).__name__}, not a list of CA keys") from error
