"""A terminal seals to the clearing key of now: of its enrolment, or a later one that the edition brings."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from edge.crypto.identity import TerminalIdentity
from edge.crypto.sealing import ClearingKey, new_clearing_key, open_box
from edge.crypto.tokens import TokenKey
from edge.domain.card_number import CardNumber
from edge.domain.sealing_key import SealingKey
from edge.ports import NoValues
from edge.terminal.published_sealing import PublishedSealing

NUMBER = CardNumber("6214830000000000")
OLD, NEW = new_clearing_key(), new_clearing_key()
ENROLLED = TerminalIdentity(TokenKey(1, b"t" * 32), ClearingKey(2, OLD[1]))


class Published(NoValues):
    """An edition with one key."""

    def __init__(self, version: int) -> None:
        self.key = SealingKey(version, NEW[1])

    def value(self, wanted: type) -> SealingKey | None:  # type: ignore[override]  # of one type alone
        """Return the key."""
        return self.key if wanted is SealingKey else None


@pytest.mark.parametrize(
    ("values", "version", "private"),
    [
        pytest.param(NoValues(), 2, OLD[0], id="that of the enrolment where the edition has none"),
        pytest.param(Published(3), 3, NEW[0], id="a later one that the edition brings"),
        pytest.param(Published(1), 2, OLD[0], id="not an older one than that of the enrolment"),
        pytest.param(Published(2), 2, OLD[0], id="not another one of the same version"),
    ],
)
def test_a_terminal_seals_to(values: NoValues, version: int, private: bytes) -> None:
    identity = PublishedSealing(ENROLLED, values)
    assert identity.clearing_key_version() == version
    assert open_box(private, identity.seal(NUMBER)) == NUMBER.reveal().encode()
    assert identity.token("uics", NUMBER) == ENROLLED.token("uics", NUMBER)


P = 2**255 - 19
SMALL = [0, 1, P - 1, P, P + 1, P + 2**255]
SMALL += [0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0]
SMALL += [0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F]


@pytest.mark.parametrize("number", SMALL, ids=hex)
def test_a_key_with_which_nobody_agrees_on_a_secret_is_refused(number: int) -> None:
    public = number.to_bytes(32, "little")
    with pytest.raises(ValueError, match="Error computing shared key"):
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
    with pytest.raises(ValueError, match="agree on a secret"):
        SealingKey(1, public)


@pytest.mark.parametrize("key", [(0, b"k" * 32), (1, b"k" * 31)], ids=["no version", "short"])
def test_what_cannot_be_a_key_is_refused(key: tuple[int, bytes]) -> None:
    with pytest.raises(ValueError, match=r"version|bytes"):
        SealingKey(*key)
