"""The list of registered codes: a table of people, one on a line -> rows found by the tokens of codes.

Columns: ``code`` (the diner's, as ``registered:DIGITS`` or a token), ``person`` (as ``cid:NUMBER`` or a token),
``proxy`` (a relative's own code; empty on the diner's own line), ``pin_salt`` and ``pin_hash`` (scrypt of the PIN; all
lines of one diner have one salt), ``from``, ``until``. A relative has a line for every diner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from edge.crypto.tokens import TokenKey
from edge.domain.diners import CODE, CODE_SCHEME, DinerRecord, Proxy, unshared
from edge.domain.errors import ConfigError
from sync.central.artifacts import Publication
from sync.central.row_lists import rows_publication
from sync.central.tables import NUMBER, TOKEN_SCHEME, TableRow, bound_ms, hexadecimal
from sync.row_form import DINERS_KIND

COLUMNS: Final = ("code", "person", "proxy", "pin_salt", "pin_hash", "from", "until")


def diners(rows: Iterable[TableRow], token_key: TokenKey) -> Publication:
    """Return the publication of a table; raises ``CONFIG_VALUE`` for a cell or a person that cannot be.

    While one token key takes the place of another, everybody is found by the code under each of them.
    """
    written, found = list(rows), dict[bytes, DinerRecord]()
    for key in token_key.each():
        found |= _under(written, key, token_key)
    try:
        return rows_publication(DINERS_KIND, list(unshared(found.values())))
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"{DINERS_KIND}: {error}") from error


def _under(rows: Iterable[TableRow], token_key: TokenKey, persons_by: TokenKey) -> dict[bytes, DinerRecord]:
    """Return the diners by the tokens that their codes have under one key."""
    found: dict[bytes, DinerRecord] = {}
    relatives: list[TableRow] = []
    for row in rows:
        if row.text("proxy"):
            relatives.append(row)
            continue
        diner = _diner(row, token_key, persons_by)
        if diner.code in found:
            raise row.fault("code", "this diner's own line stands twice")
        found[diner.code] = diner
    for row in relatives:
        code = _code(row, "code", token_key)
        if code not in found:
            raise row.fault("code", "a relative of a diner who has no line")
        found[code] = _with_relative(found[code], row, token_key)
    return found


def _diner(row: TableRow, token_key: TokenKey, persons_by: TokenKey) -> DinerRecord:
    code, person = _code(row, "code", token_key), row.person("person", persons_by)
    salt, found = hexadecimal(row, "pin_salt"), hexadecimal(row, "pin_hash")
    try:
        return DinerRecord(code, person, salt, found, bound_ms(row, "from"), bound_ms(row, "until"))
    except ValueError as error:
        raise row.fault("code", str(error)) from error


def _with_relative(diner: DinerRecord, row: TableRow, token_key: TokenKey) -> DinerRecord:
    if hexadecimal(row, "pin_salt") != diner.salt:
        raise row.fault("pin_salt", "another salt than on the diner's own line")
    found = hexadecimal(row, "pin_hash")
    relative = Proxy(_code(row, "proxy", token_key), found, bound_ms(row, "from"), bound_ms(row, "until"))
    try:
        return replace(diner, proxies=(*diner.proxies, relative))
    except ValueError as error:
        raise row.fault("proxy", str(error)) from error


def _code(row: TableRow, column: str, token_key: TokenKey) -> bytes:
    """Return the token of a registered code; one that no keypad takes is refused."""
    written = NUMBER.fullmatch(row.text(column))
    if written is None or written[1] not in (CODE_SCHEME, TOKEN_SCHEME):
        raise row.fault(column, f"{CODE_SCHEME}:DIGITS is wanted, or a token")
    if written[1] == CODE_SCHEME and not CODE.fullmatch(written[2]):
        raise row.fault(column, "a registered code has 6 to 12 digits")
    return row.token(column, token_key)
