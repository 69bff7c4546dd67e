"""The operator's own offline code: a ticket or an identity, signed by Ed25519 or SM2, in base45."""

from __future__ import annotations

from typing import Final

from drivers.code_scheme import CodeSchemeModel
from drivers.scanners.codes.onecard.layout import SCHEME, Kind, OwnCode, Subject, encode, statement
from drivers.scanners.codes.onecard.verifying import OnecardCode

__all__ = ["MODEL", "Kind", "OnecardCode", "OwnCode", "Subject", "encode", "statement"]

MODEL: Final = CodeSchemeModel(SCHEME, OnecardCode)
