"""The keys of certification authorities: checked one by one when they are loaded, found by RID and index.

A key that fails its check is not kept; its index is, so that a card which names it is refused with that reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from drivers.oda.expiry import check_not_past
from drivers.oda.refusal import Fault, OdaRefused, Part
from drivers.oda.rsa import RsaKey, public_key
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

RID_BYTES: Final = 5
POINT_BYTES: Final = 64
KEYS_MAX: Final = 1000


class KeyKind(StrEnum):
    """Whose money a key vouches for: a holder's, or nobody's."""

    LIVE = "live"
    TEST = "test"


@frozen
class CaKey:
    """One key of a certification authority: RSA, or a point (x, y: 64 bytes) for SM2."""

    rid: bytes
    index: int
    kind: KeyKind
    public: RsaKey | bytes
    expires: date | None = None

    @property
    def algorithm(self) -> str:
        """Return ``RSA-1024`` and the like, or ``SM2``."""
        return "SM2" if isinstance(self.public, bytes) else f"RSA-{self.public.length * 8}"


Place = tuple[bytes, int]
"""RID and index."""


@frozen
class CaKeyStore:
    """The keys that may end a chain, and what is known of those that were left out."""

    keys: Mapping[Place, CaKey]
    left_out: Mapping[Place, OdaRefused]

    def find(self, rid: bytes, index: int, at: date) -> CaKey:
        """Return the key that a card names, still valid on that day."""
        if (refused := self.left_out.get((rid, index))) is not None:
            raise OdaRefused(refused.part, refused.fault, refused.why)
        key = self.keys.get((rid, index))
        if key is None:
            raise OdaRefused(Part.CA_KEY, Fault.UNKNOWN, f"no key {index:02X} of {rid.hex().upper()}")
        if key.expires is not None:
            check_not_past(Part.CA_KEY, key.expires, at)
        return key

    def without_test_keys(self) -> CaKeyStore:
        """Return the store that production uses: it does not hold a test key at all."""
        live = {place: key for place, key in self.keys.items() if key.kind is KeyKind.LIVE}
        tests = {
            place: OdaRefused(Part.CA_KEY, Fault.TEST_KEY, f"{place[1]:02X} is a published test key")
            for place in self.keys.keys() - live.keys()
        }
        return CaKeyStore(live, {**self.left_out, **tests})


def load_ca_keys(document: object) -> CaKeyStore:
    """Return the keys of a key list: an object with the lists ``rsa`` and ``sm2``.

    An entry has ``rid``, ``index``, ``kind`` (live, test) and optionally ``expires`` (YYYY-MM-DD); RSA ``modulus``,
    ``exponent`` and ``sha1``, SM2 ``public_key``: hexadecimal. Other keys are commentary. Raises ``CONFIG_VALUE`` for
    a list of another form; a sound form with a wrong hash or an unfit key leaves out that key alone.
    """
    if not isinstance(document, dict) or not {"rsa", "sm2"} & document.keys():
        raise _misformed("a key list is an object with the lists `rsa` and `sm2`")
    keys: dict[Place, CaKey] = {}
    left_out: dict[Place, OdaRefused] = {}
    for algorithm in ("rsa", "sm2"):
        for entry in _entries(document, algorithm):
            place = (_hex(entry, "rid", RID_BYTES), _hex(entry, "index", 1)[0])
            if place in keys or place in left_out:
                raise _misformed(f"index {place[1]:02X} stands twice")
            try:
                public = _rsa(entry, place) if algorithm == "rsa" else _hex(entry, "public_key", POINT_BYTES)
            except OdaRefused as refused:
                left_out[place] = refused
            else:
                keys[place] = CaKey(*place, _kind(entry), public, _expires(entry))
    return CaKeyStore(keys, left_out)


def _rsa(entry: Mapping[str, object], place: Place) -> RsaKey:
    """Return the key once SHA-1 over RID, index, modulus and exponent agrees (EMV book 2, 11.2.1)."""
    modulus, exponent = _hex(entry, "modulus"), _hex(entry, "exponent")
    checked = hashlib.sha1(place[0] + bytes([place[1]]) + modulus + exponent, usedforsecurity=False).digest()
    if checked != _hex(entry, "sha1", len(checked)):
        raise OdaRefused(Part.CA_KEY, Fault.HASH, f"the hash of key {place[1]:02X} does not fit it")
    return public_key(Part.CA_KEY, modulus, exponent)


def _entries(document: Mapping[str, object], algorithm: str) -> list[dict[str, object]]:
    entries = document.get(algorithm, [])
    if not isinstance(entries, list) or len(entries) > KEYS_MAX or not all(isinstance(each, dict) for each in entries):
        raise _misformed(f"`{algorithm}` is a list of at most {KEYS_MAX} objects")
    return entries


def _hex(entry: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    try:
        raw = bytes.fromhex(str(entry.get(name, "")))
    except ValueError:
        raise _misformed(f"`{name}` is hexadecimal") from None
    if not raw or length not in {None, len(raw)}:
        raise _misformed(f"`{name}` has {len(raw)} bytes instead of {length or 'some'}")
    return raw


def _kind(entry: Mapping[str, object]) -> KeyKind:
    try:
        return KeyKind(str(entry.get("kind")))
    except ValueError:
        raise _misformed("`kind` is `live` or `test`") from None


def _expires(entry: Mapping[str, object]) -> date | None:
    try:
        return date.fromisoformat(str(entry["expires"])) if "expires" in entry else None
    except ValueError:
        raise _misformed("`expires` is a day, YYYY-MM-DD") from None


def _misformed(why: str) -> ConfigError:
    return ConfigError("CONFIG_VALUE", f"CA key list: {why}")
