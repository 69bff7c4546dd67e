"""What is published goes to everybody, or first to one group of terminals: staged, released or halted, rolled back.

Numbers only rise. An edition is what its audience has together: the released version of everything, and for a group
what is staged to it in its place. Halting a stage and rolling back are new editions too, so that no terminal is ever
offered less than it was before. A staged version forbids none that was released: its group can be led back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from edge.domain.errors import ConfigError, PolicyError
from edge.domain.exchange import EDITION, Edition, SegmentRef
from edge.domain.frozen import frozen
from sync.artifact import artifact_body, artifact_header, new_header, seal_artifact
from sync.central.artifacts import EVERYBODY, PIECE_BYTES, Publication, newest_edition_work
from sync.central.facts import PUBLISHING, VERSION_FLOOR, fact_work, take_turn
from sync.central.keys import CentreKeys
from sync.central.store import rollout_statements as rollout_sql
from sync.central.store import statements as sql
from sync.central.store.port import Query, Row, Work, insert_rows
from sync.tariff_wire import TARIFF_KIND
from sync.wire import encode

NEEDED: Final = frozenset({TARIFF_KIND, "deny_list"})
RENEWED: Final = frozenset({"debts", "leases"})
"""Kinds that the centre makes of its own rows: their content of yesterday is wrong today."""
TOKEN_KINDS: Final = frozenset({"deny_list", "entitlements", "debts", "credits", "leases", "diners"})
"""Kinds of lists that find media by keyed tokens."""
FIRST_TOKEN_KEY: Final = 1


@frozen
class Stage:
    """One version that a group alone has."""

    audience: str
    kind: str
    name: str
    version: int
    sha256: bytes
    staged_ms: int

    @property
    def reference(self) -> SegmentRef:
        """Return it as an edition names it."""
        return SegmentRef(self.kind, self.name, self.version, self.sha256)


@frozen
class Signing:
    """By whom and when something is published; ms UTC."""

    keys: CentreKeys
    now_ms: int


def publish_work(publications: Sequence[Publication], by: Signing, audience: str = EVERYBODY) -> Work[int]:
    """Sign each publication as the next version of its name, then the editions that change; returns the number.

    With an ``audience`` it is staged to that group, and the number is that of the group's edition. One that says what
    its newest version says already keeps that version: nothing of it is sent again. Raises ``POLICY_MISSING`` where an
    edition would lack a part that every terminal needs: none would take it.
    """
    yield from take_turn(PUBLISHING)
    for publication in publications:
        for file in publication.files:
            yield from _keep(file)
        if not (yield from _is_in_force(publication, audience, by.keys)):
            yield from _seal(publication, by, audience)
    if audience:
        return (yield from _edition(audience, by))
    return (yield from _editions(by))


def release_work(audience: str, by: Signing) -> Work[int]:
    """Give everybody what is staged to a group; returns the number of the edition for all."""
    yield from take_turn(PUBLISHING)
    yield from _end(audience, by, released=True)
    return (yield from _editions(by))


def halt_work(audience: str, by: Signing) -> Work[int]:
    """Take back what is staged to a group: it gets what everybody has; returns the number of the edition for all.

    Raises ``CONFIG_VALUE`` where nothing is staged to it, or nobody else has anything that it could go back to.
    """
    yield from take_turn(PUBLISHING)
    yield from _end(audience, by, released=False)
    if not (yield Query(rollout_sql.RELEASED_OF_ALL)):
        told = f"nothing to go back to: nobody but {audience} has anything yet; stage something else to it"
        raise ConfigError("CONFIG_VALUE", told)
    return (yield from _editions(by))


def before_work(kind: str, name: str) -> Work[Publication]:
    """Return what the released version before the newest said, to be published again; raises ``CONFIG_VALUE``."""
    if kind in RENEWED:
        raise ConfigError("CONFIG_VALUE", f"{kind} is made of the centre's own rows: there is no way back")
    rows = yield Query(rollout_sql.RELEASED, (kind, name))
    if len(rows) <= 1:
        raise ConfigError("CONFIG_VALUE", f"no version of {kind} {name} was released before the newest")
    return Publication(kind, name, artifact_body(cast("bytes", rows[1][2])))


def move_work(terminal: str, audience: str, now_ms: int) -> Work[None]:
    """Put a terminal into a group (empty: into none). Its next edition comes by :func:`renew_work`."""
    rows = yield Query(rollout_sql.GROUP_OF, (terminal,))
    number = cast("int", rows[0][0]) + 1 if rows else 1
    yield insert_rows(rollout_sql.ADD_MOVE, [(terminal, number, audience, now_ms)])


def renew_work(by: Signing) -> Work[int]:
    """Sign all editions anew where something is staged, so that whoever changed groups is offered a higher number.

    Returns the number of the edition for all.
    """
    yield from take_turn(PUBLISHING)
    if not (yield from stages_work()):
        return (yield from newest_edition_work())
    return (yield from _editions(by))


def stages_work() -> Work[list[Stage]]:
    """Return all that is staged, by group, kind and name; of several versions the newest."""
    rows = yield Query(rollout_sql.STAGED)
    newest = {(row[0], row[1], row[2]): _stage(row) for row in rows}
    return list(newest.values())


def groups_work() -> Work[list[tuple[str, str, int]]]:
    """Return terminal, group and since when, of all that are in one."""
    rows = yield Query(rollout_sql.GROUPS)
    return [(cast("str", terminal), cast("str", audience), cast("int", since)) for terminal, audience, since in rows]


def _stage(row: Row) -> Stage:
    audience, kind, name, version, sha256, staged_ms = row
    return Stage(
        cast("str", audience),
        cast("str", kind),
        cast("str", name),
        cast("int", version),
        cast("bytes", sha256),
        cast("int", staged_ms),
    )


def _end(audience: str, by: Signing, *, released: bool) -> Work[None]:
    """End every staged version of a group; of several versions of a name only the newest can be released."""
    rows = [_stage(row) for row in (yield Query(rollout_sql.STAGED))]
    mine = [stage for stage in rows if stage.audience == audience]
    if not mine:
        raise ConfigError("CONFIG_VALUE", f"nothing is staged to {audience or 'a group without a name'}")
    newest = {(stage.kind, stage.name): stage.version for stage in mine}
    ends = [
        (each.kind, each.name, each.version, int(released and newest[each.kind, each.name] == each.version), by.now_ms)
        for each in mine
    ]
    yield insert_rows(rollout_sql.ADD_STAGED_END, ends)


def _editions(by: Signing) -> Work[int]:
    """Sign an edition for everybody and one for each group that has something of its own; returns the first's number.

    A group's edition comes after everybody's: it is the newer one of the two for whoever is in the group. Before
    anything is released only groups have one, and the number is 0.
    """
    released = yield Query(rollout_sql.RELEASED_OF_ALL)
    number = (yield from _edition(EVERYBODY, by)) if released else 0
    for audience in sorted({stage.audience for stage in (yield from stages_work())}):
        yield from _edition(audience, by)
    return number


def _edition(audience: str, by: Signing) -> Work[int]:
    """Sign the edition of an audience; it forbids all but itself and the one that the audience had before."""
    rows = yield Query(rollout_sql.RELEASED_OF_ALL)
    segments = {
        (kind, name): SegmentRef(cast("str", kind), cast("str", name), cast("int", version), cast("bytes", sha256))
        for kind, name, version, sha256 in rows
    }
    for stage in (yield from stages_work()):
        if stage.audience == audience:
            segments[stage.kind, stage.name] = stage.reference
    lacking = NEEDED - {segment.kind for segment in segments.values()}
    if lacking:
        raise PolicyError("POLICY_MISSING", f"an edition also needs: {', '.join(sorted(lacking))}")
    parts = tuple(segments[key] for key in sorted(segments, key=lambda key: (str(key[0]), str(key[1]))))
    before = yield from _newest_for(audience)
    number = yield from _sign(Publication(EDITION, EDITION, encode(Edition(parts))), by, before)
    if audience:
        yield insert_rows(rollout_sql.ADD_REACH, [(number, audience)])
    return number


def _newest_for(audience: str) -> Work[int]:
    if not audience:
        return (yield from newest_edition_work())
    rows = yield Query(rollout_sql.EDITION_FOR, (audience,))
    return cast("int", rows[0][0]) if rows else 0


def _is_in_force(publication: Publication, audience: str, keys: CentreKeys) -> Work[bool]:
    """Say whether the audience has this body under this name already, and may have it."""
    least = yield from fact_work(VERSION_FLOOR, 1)
    for stage in (yield from stages_work()):
        if (stage.audience, stage.kind, stage.name) == (audience, publication.kind, publication.name):
            rows = yield Query(sql.SEGMENT, (stage.sha256,))
            return stage.version >= least and _says(cast("bytes", rows[0][0]), publication, keys)
    rows = yield Query(rollout_sql.RELEASED, (publication.kind, publication.name))
    if not rows or cast("int", rows[0][0]) < least:
        return False
    return _says(cast("bytes", rows[0][2]), publication, keys)


def _says(file: bytes, publication: Publication, keys: CentreKeys) -> bool:
    found = artifact_header(file).token_keys
    return artifact_body(file) == publication.body and found == _token_keys(publication.kind, keys)


def _token_keys(kind: str, keys: CentreKeys) -> tuple[int, ...]:
    """Return under which token keys a list finds media: said once there is another than the first."""
    versions = keys.token_key.versions()
    return versions if kind in TOKEN_KINDS and versions != (FIRST_TOKEN_KEY,) else ()


def _seal(publication: Publication, by: Signing, audience: str) -> Work[None]:
    """Store the next version; it forbids all but itself and the one that everybody had before."""
    rows = yield Query(rollout_sql.RELEASED, (publication.kind, publication.name))
    version = yield from _sign(publication, by, cast("int", rows[0][0]) if rows else 0)
    if audience:
        staged = (publication.kind, publication.name, version, audience, by.now_ms)
        yield insert_rows(rollout_sql.ADD_STAGED, [staged])


def _sign(publication: Publication, by: Signing, before: int) -> Work[int]:
    """Store a signed artifact under the next number of its name, with ``before`` as its floor (0: itself)."""
    rows = yield Query(sql.NEWEST, (publication.kind, publication.name))
    least = yield from fact_work(VERSION_FLOOR, 1)
    version = max((cast("int", rows[0][0]) if rows else 0) + 1, least)
    kind, name = publication.kind, publication.name
    header = new_header(kind, name, version, publication.body, floor=before or version, not_before_ms=by.now_ms)
    header = replace(header, token_keys=_token_keys(kind, by.keys))
    file = seal_artifact(by.keys.signing, header, publication.body)
    yield insert_rows(sql.ADD_ARTIFACT, [(kind, name, version, hashlib.sha256(file).digest(), by.now_ms, file)])
    return version


def _keep(file: bytes) -> Work[None]:
    """Store the file of a part, piece by piece, unless it is there: the same file serves many versions of a list."""
    sha256 = hashlib.sha256(file).digest()
    if (yield Query(sql.PIECES, (sha256, 0, 0))):
        return
    for place, at in enumerate(range(0, max(1, len(file)), PIECE_BYTES)):
        yield insert_rows(sql.ADD_PIECE, [(sha256, place, file[at : at + PIECE_BYTES])])
