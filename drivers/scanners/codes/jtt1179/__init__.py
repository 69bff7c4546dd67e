"""JT/T 1179 transit codes: three levels of SM2 signatures over 332 to 364 bytes."""

from __future__ import annotations

from typing import Final

from drivers.code_scheme import CodeSchemeModel
from drivers.scanners.codes.jtt1179.layout import SCHEME
from drivers.scanners.codes.jtt1179.verifying import Jtt1179

__all__ = ["MODEL", "Jtt1179"]

MODEL: Final = CodeSchemeModel(SCHEME, Jtt1179)
