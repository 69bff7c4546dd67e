"""SM2 signatures through the system's libcrypto (OpenSSL 3) by ctypes: about a quarter of a millisecond each.

The calls follow the manual pages EVP_PKEY_fromdata(3), EVP_PKEY_set1_encoded_public_key(3), EVP_DigestVerifyInit(3) and
EVP_PKEY_CTX_set1_id(3). Keys are made from their bytes under the name SM2: one made as EC on the same curve refuses the
signer's identity. A public key is a copy of one that was made, with another point: that takes half the time.
"""

from __future__ import annotations

import ctypes
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from edge.crypto.sm2_curve import (
    DEFAULT_ID,
    GX,
    GY,
    KEY_BYTES,
    POINT_BYTES,
    SHORT_POINT_BYTES,
    SIGNATURE_BYTES,
    SIGNER_ID_BYTES_MAX,
    public_of,
)

LIBRARIES: Final = ("libcrypto.so.3", "libcrypto.so.4")
KNOWN_KEYS_MAX: Final = 64
"""Keys that were seen again: those of issuers."""
NEW_KEYS_MAX: Final = 8
"""Keys that were seen once: those of users, whom no gate sees again soon, and that must not push issuers out."""

_PUBLIC_KEY: Final = 0x86
_KEYPAIR: Final = 0x87
_UNSIGNED_INTEGER: Final = 2
_UTF8_STRING: Final = 4
_OCTET_STRING: Final = 5
_DER_SIGNATURE_BYTES_MAX: Final = 72
_VERSION_TEXT: Final = 6


class LibcryptoUnfit(Exception):  # noqa: N818 - named by what is known of the library
    """No libcrypto is here, or it has no SM2."""


class _Param(ctypes.Structure):
    """OSSL_PARAM(3)."""

    _fields_ = (
        ("key", ctypes.c_char_p),
        ("kind", ctypes.c_uint),
        ("content", ctypes.c_char_p),
        ("length", ctypes.c_size_t),
        ("returned", ctypes.c_size_t),
    )


_GENERATOR: Final = GX.to_bytes(KEY_BYTES, "big") + GY.to_bytes(KEY_BYTES, "big")
_GROUP: Final = _Param(b"group", _UTF8_STRING, b"SM2", 3, 0)

_POINTER: Final = ctypes.c_void_p
_BYTES: Final = ctypes.c_char_p
_SIZE: Final = ctypes.c_size_t
_INT: Final = ctypes.c_int

_FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "OpenSSL_version": (_BYTES, (_INT,)),
    "ERR_clear_error": (None, ()),
    "EVP_sm3": (_POINTER, ()),
    "EVP_MD_CTX_new": (_POINTER, ()),
    "EVP_MD_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_dup": (_POINTER, (_POINTER,)),
    "EVP_PKEY_set1_encoded_public_key": (_INT, (_POINTER, _BYTES, _SIZE)),
    "EVP_PKEY_CTX_new_from_name": (_POINTER, (_POINTER, _BYTES, _BYTES)),
    "EVP_PKEY_CTX_set1_id": (_INT, (_POINTER, _BYTES, _INT)),
    "EVP_PKEY_fromdata_init": (_INT, (_POINTER,)),
    "EVP_PKEY_fromdata": (_INT, (_POINTER, ctypes.POINTER(_POINTER), _INT, ctypes.POINTER(_Param))),
    "EVP_DigestVerifyInit": (_INT, (_POINTER, ctypes.POINTER(_POINTER), _POINTER, _POINTER, _POINTER)),
    "EVP_DigestVerify": (_INT, (_POINTER, _BYTES, _SIZE, _BYTES, _SIZE)),
    "EVP_DigestSignInit": (_INT, (_POINTER, ctypes.POINTER(_POINTER), _POINTER, _POINTER, _POINTER)),
    "EVP_DigestSign": (_INT, (_POINTER, _BYTES, ctypes.POINTER(_SIZE), _BYTES, _SIZE)),
}
"""Result and arguments of every function called: undeclared pointers would be cut to 32 bits."""


class Libcrypto:
    """SM2 by one loaded library. Public keys stay loaded: the newest, and of those that were seen again the last 64."""

    def __init__(self, library: str) -> None:
        """Raise :class:`LibcryptoUnfit` where the library or one of its functions is not there."""
        try:
            self._lib = ctypes.CDLL(library)
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(self._lib, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError) as error:
            raise LibcryptoUnfit(str(error)) from error
        self.name = f"{library} {self._lib.OpenSSL_version(_VERSION_TEXT).decode('ascii', 'replace')}"
        self._sm3 = self._lib.EVP_sm3()
        self._maker = self._lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        if self._lib.EVP_PKEY_fromdata_init(self._maker) != 1:
            raise LibcryptoUnfit(f"{library} makes no keys of SM2")
        self._pattern = self._made(_PUBLIC_KEY, _point_param(_GENERATOR))
        if self._pattern is None:
            raise LibcryptoUnfit(f"{library} makes no keys of SM2")
        self._known: OrderedDict[bytes, int] = OrderedDict()
        self._new: OrderedDict[bytes, int] = OrderedDict()

    def verify(self, public: bytes, signature: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bool:
        """Say whether ``signature`` (r, s) over ``message`` is by the key with this point (64 or 33 bytes)."""
        if len(signature) != SIGNATURE_BYTES or len(signer_id) > SIGNER_ID_BYTES_MAX:
            return False
        key = self._public_key(public)
        if key is None:
            return False
        der = der_of(signature)
        with self._begun(self._lib.EVP_DigestVerifyInit, key, signer_id) as context:
            fits: bool = self._lib.EVP_DigestVerify(context, der, len(der), message, len(message)) == 1
        if not fits:
            self._lib.ERR_clear_error()
        return fits

    def sign(self, private: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bytes:
        """Return r and s, 64 bytes, for a private key as :func:`edge.crypto.sm2_curve.is_private` allows it."""
        key = self._made(_KEYPAIR, _point_param(public_of(private)), _scalar_param(private))
        if key is None:
            raise LibcryptoUnfit("the library refused a private key of SM2")
        der = ctypes.create_string_buffer(_DER_SIGNATURE_BYTES_MAX)
        length = ctypes.c_size_t(len(der))
        try:
            with self._begun(self._lib.EVP_DigestSignInit, key, signer_id) as context:
                done = self._lib.EVP_DigestSign(context, der, ctypes.byref(length), message, len(message))
        finally:
            self._lib.EVP_PKEY_free(key)
        if done != 1:
            raise LibcryptoUnfit("the library did not sign")
        return _raw_of(der.raw[: length.value])

    @contextmanager
    def _begun(self, start: Callable[..., int], key: int, signer_id: bytes) -> Iterator[int]:
        """Give a digest context in which ``start`` (sign or verify) was called and the identity set."""
        context = self._lib.EVP_MD_CTX_new()
        inner = ctypes.c_void_p()
        try:
            start(context, ctypes.byref(inner), self._sm3, None, key)
            self._lib.EVP_PKEY_CTX_set1_id(inner, signer_id, len(signer_id))
            yield context
        finally:
            self._lib.EVP_MD_CTX_free(context)

    def _public_key(self, public: bytes) -> int | None:
        known = self._known.pop(public, None) or self._new.pop(public, None)
        if known is not None:
            self._keep(self._known, KNOWN_KEYS_MAX, public, known)
            return known
        loaded = self._loaded(_encoded(public)) if _may_be_point(public) else None
        if loaded is not None:
            self._keep(self._new, NEW_KEYS_MAX, public, loaded)
        return loaded

    def _loaded(self, point: bytes) -> int | None:
        """Return the key with this point; None where the library refuses it, off the curve."""
        key: int = self._lib.EVP_PKEY_dup(self._pattern)
        if self._lib.EVP_PKEY_set1_encoded_public_key(key, point, len(point)) == 1:
            return key
        self._lib.ERR_clear_error()
        self._lib.EVP_PKEY_free(key)
        return None

    def _keep(self, shelf: OrderedDict[bytes, int], most: int, public: bytes, key: int) -> None:
        """Put a key at the end of a shelf, and free the one that was used longest ago where it is full."""
        shelf[public] = key
        if len(shelf) > most:
            self._lib.EVP_PKEY_free(shelf.popitem(last=False)[1])

    def _made(self, selection: int, *parts: _Param) -> int | None:
        """Return a key from its parts; None where the library refuses them."""
        params = (_Param * (len(parts) + 2))(_GROUP, *parts)
        key = ctypes.c_void_p()
        if self._lib.EVP_PKEY_fromdata(self._maker, ctypes.byref(key), selection, params) != 1:
            self._lib.ERR_clear_error()
            return None
        return key.value


def der_of(signature: bytes) -> bytes:
    """Return r and s as the DER SEQUENCE of two INTEGERs that OpenSSL takes (X.690)."""
    numbers = b"".join(_der_integer(half) for half in (signature[:KEY_BYTES], signature[KEY_BYTES:]))
    return bytes([0x30, len(numbers)]) + numbers


def _der_integer(number: bytes) -> bytes:
    shortest = number.lstrip(b"\0") or b"\0"
    content = (b"\0" if shortest[0] & 0x80 else b"") + shortest
    return bytes([0x02, len(content)]) + content


def _raw_of(der: bytes) -> bytes:
    """Return r and s, 64 bytes, from the DER that OpenSSL made."""
    r_end = 4 + der[3]
    return b"".join(part.lstrip(b"\0").rjust(KEY_BYTES, b"\0") for part in (der[4:r_end], der[r_end + 2 :]))


def _may_be_point(public: bytes) -> bool:
    """Say whether these bytes have the form of a point, whole or compressed; OpenSSL says whether it is one."""
    return len(public) == POINT_BYTES or (len(public) == SHORT_POINT_BYTES and public[0] in (2, 3))


def _encoded(public: bytes) -> bytes:
    """Return a point as SEC 1 has it: whole points begin with 04."""
    return (b"\x04" if len(public) == POINT_BYTES else b"") + public


def _point_param(public: bytes) -> _Param:
    return _param(b"pub", _OCTET_STRING, _encoded(public))


def _scalar_param(private: bytes) -> _Param:
    """OSSL_PARAM integers stand in the machine's own order of bytes."""
    return _param(b"priv", _UNSIGNED_INTEGER, int.from_bytes(private, "big").to_bytes(KEY_BYTES, sys.byteorder))


def _param(key: bytes, kind: int, content: bytes) -> _Param:
    """Return one parameter; ctypes keeps ``content`` alive for as long as the structure lives."""
    return _Param(key, kind, content, len(content), 0)
