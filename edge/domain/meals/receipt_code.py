"""The short code at the foot of a receipt: which entry it is of, and a piece of that entry's chain hash.

==========  ==========  ====================================================================
part        characters  says
==========  ==========  ====================================================================
journal     3           the first 15 bits of SHA-256(terminal | epoch): whose journal, which
seq         1 or more   the number of the entry
proof       6           the first 30 bits of the chain hash after the entry
check       1           what was mistyped is told from what was altered
==========  ==========  ====================================================================

Written in Crockford's base 32 (no I, L, O, U) with hyphens between the parts. The hash is no secret and names nobody.
"""

from __future__ import annotations

import hashlib
from typing import Final

from edge.domain.frozen import frozen

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS: Final = 5
JOURNAL_CHARACTERS: Final = 3
PROOF_CHARACTERS: Final = 6
SEQ_CHARACTERS_MAX: Final = 13
CHECK_MODULUS: Final = 31
_READ_AS: Final = str.maketrans("OIL", "011", "- ")


@frozen
class ReceiptCode:
    """A code that was read, or is to be printed."""

    journal: str
    seq: int
    proof: str

    def __str__(self) -> str:
        seq = _characters(self.seq)
        return "-".join([self.journal, seq, self.proof + _check(self.journal + seq + self.proof)])

    def is_of_journal(self, terminal: str, epoch: int) -> bool:
        """Say whether the code names this journal; one other journal in 32768 does so too."""
        return self.journal == _journal(terminal, epoch)

    def proves(self, chain_hash: bytes) -> bool:
        """Say whether the entry had this chain hash when the receipt was printed; by chance once in 2^30."""
        return self.proof == _leading(chain_hash, PROOF_CHARACTERS)


def receipt_code(terminal: str, epoch: int, seq: int, chain_hash: bytes) -> ReceiptCode:
    """Return the code of an entry; ``chain_hash`` is that of the chain after it."""
    return ReceiptCode(_journal(terminal, epoch), seq, _leading(chain_hash, PROOF_CHARACTERS))


def read_receipt_code(text: str) -> ReceiptCode:
    """Return the code that somebody typed, in any case, with or without hyphens; raises ``ValueError``."""
    typed = text.upper().translate(_READ_AS)
    seq_characters = len(typed) - JOURNAL_CHARACTERS - PROOF_CHARACTERS - 1
    if not 1 <= seq_characters <= SEQ_CHARACTERS_MAX or set(typed) - set(ALPHABET):
        raise ValueError("this is no receipt's code: it looks like 7K2-9A-B3D9FQ1")
    body, check = typed[:-1], typed[-1]
    if _check(body) != check:
        raise ValueError("a character of the code is wrong: compare it with the paper")
    seq = 0
    for character in body[JOURNAL_CHARACTERS:-PROOF_CHARACTERS]:
        seq = seq << BITS | ALPHABET.index(character)
    return ReceiptCode(body[:JOURNAL_CHARACTERS], seq, body[-PROOF_CHARACTERS:])


def _journal(terminal: str, epoch: int) -> str:
    return _leading(hashlib.sha256(f"{terminal}|{epoch}".encode()).digest(), JOURNAL_CHARACTERS)


def _leading(hashed: bytes, count: int) -> str:
    number = int.from_bytes(hashed, "big") >> (len(hashed) * 8 - count * BITS)
    return "".join(ALPHABET[number >> BITS * place & CHECK_MODULUS] for place in reversed(range(count)))


def _characters(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits or ALPHABET[0]


def _check(body: str) -> str:
    """Return the check character: weights by place, modulo a prime, so that two swapped neighbours show as well."""
    return ALPHABET[sum(weight * ALPHABET.index(each) for weight, each in enumerate(body, 1)) % CHECK_MODULUS]
