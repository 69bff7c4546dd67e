"""What a terminal accepts of a scheme, as profiles name it. What the public sources leave open is a setting here.

Open in public sources of kernel 7: the format byte of fDDA (05 or 95), what it signs (version 01, or the objects that
version 00 names), and the first byte of a dynamic signature by SM2. Exactly what the profile names is accepted.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen


class Method(StrEnum):
    """The methods of offline data authentication, as EMV book 3 (10.3) and QuickPass name them."""

    SDA = "sda"
    DDA = "dda"
    CDA = "cda"
    FDDA = "fdda"


class FddaInput(StrEnum):
    """What fDDA signs: 9F37, 9F02, 5F2A and 9F69 in version 01; the objects of the DDOL (9F37 alone) in version 00."""

    V01 = "v01"
    V00 = "v00"


class FddaFormat(StrEnum):
    """The second byte of the recovered fDDA signature, in hexadecimal."""

    F05 = "05"
    F95 = "95"

    @property
    def byte(self) -> int:
        """Return it as a number."""
        return int(self, 16)


@frozen
class Scheme:
    """One named acceptance. ``test_keys``: published test keys may end a chain; never so where money is taken."""

    name: str
    test_keys: bool = False
    methods: frozenset[Method] = frozenset({Method.FDDA, Method.DDA, Method.CDA})
    fdda_format: FddaFormat = FddaFormat.F05
    fdda_input: FddaInput = FddaInput.V01
    sm2_dynamic_format: int = 0x15


_LIVE: Final = Scheme("unionpay")
_TEST: Final = Scheme("unionpay-test", test_keys=True, methods=frozenset(Method))

DEFAULT_SCHEME: Final = _TEST.name
"""Of the tool that reads recordings, which admits nobody; a terminal's profile names its own."""

SCHEMES: Final[dict[str, Scheme]] = {
    scheme.name: scheme
    for live in (_LIVE, _TEST)
    for scheme in (
        live,
        replace(live, name=f"{live.name}-95", fdda_format=FddaFormat.F95),
        replace(live, name=f"{live.name}-v00", fdda_input=FddaInput.V00),
        replace(live, name=f"{live.name}-95-v00", fdda_format=FddaFormat.F95, fdda_input=FddaInput.V00),
    )
}
