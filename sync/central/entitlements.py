"""The entitlement list: a table of claims, one on a line -> rows found by the tokens of holder and media.

Columns: ``holder`` (as ``cid:NUMBER``, or the person's own token), ``media`` (all of the holder's, separated by
blanks), ``category``, ``from``, ``until``, ``evidence``, ``status``. A holder may stand on many lines. A line without a
category tells of media or a status alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Final

from edge.crypto.tokens import TokenKey
from edge.domain.entitlement import stated
from edge.domain.frozen import mutable
from edge.domain.holder import Claim, HolderRecord
from sync.central.artifacts import Publication
from sync.central.row_lists import rows_publication
from sync.central.tables import TableRow
from sync.row_form import ENTITLEMENTS_KIND

COLUMNS: Final = ("holder", "media", "category", "from", "until", "evidence", "status")


@mutable
class _Person:
    """What the lines so far say of one holder."""

    where: str
    media: dict[bytes, None] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    status: str = ""


def entitlements(rows: Iterable[TableRow], token_key: TokenKey) -> Publication:
    """Return the publication of a roster.

    Raises ``CONFIG_VALUE`` for a cell that cannot be read, two statuses of one holder, or a medium of two holders.
    """
    people: dict[bytes, _Person] = {}
    owners: dict[bytes, bytes] = {}
    for row in rows:
        holder = row.person("holder", token_key)
        person = people.setdefault(holder, _Person(row.where))
        for token in (holder, *row.tokens("holder", token_key), *row.tokens("media", token_key)):
            if owners.setdefault(token, holder) != holder:
                raise row.fault("media", f"a medium of the holder in {people[owners[token]].where}")
            person.media[token] = None
        _add(person, row)
    listed = [
        (tuple(person.media), HolderRecord(holder, tuple(person.claims), person.status))
        for holder, person in people.items()
    ]
    return rows_publication(ENTITLEMENTS_KIND, listed)


def _add(person: _Person, row: TableRow) -> None:
    status = row.text("status")
    if status:
        if person.status not in ("", status):
            raise row.fault("status", f"another status than the one of {person.where}")
        person.status = row.word("status", 32)
    if row.text("category"):
        person.claims.append(_claim(row))


def _claim(row: TableRow) -> Claim:
    category = row.word("category")
    try:
        stated(category)
    except ValueError as error:
        raise row.fault("category", str(error)) from error
    claim = Claim(category, row.day("from"), row.day("until", open_end=True), row.plain("evidence"))
    if claim.until_day and claim.until_day < claim.from_day:
        raise row.fault("until", "it lies before the first day")
    return claim
