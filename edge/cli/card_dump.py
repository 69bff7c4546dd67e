"""One purse as a technician saved it, bytes in hexadecimal, turned into the facts that the terminal would read.

A dump is a JSON object. It may hold ``select_fci``, ``file15``, ``file17``, ``balance_p1_00`` to ``_03``, lists
``sfi18`` and ``sfi1E``, or a ``transcript`` of [command, answer with status word] pairs that stands for the same.
With ``today`` (YYYYMMDD) the purse is also judged as of that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from drivers.apdu import Response
from drivers.cards.epurse import IssuerRules, IssuerTable, files
from edge.cli.card_validity import validity
from edge.domain.errors import CardError
from edge.domain.frozen import mutable
from edge.domain.medium import LogRecord, TripRecord

Facts = dict[str, object]

BALANCES: Final = {p1: f"balance_p1_{p1:02X}" for p1 in range(4)}
SINGLE_FIELDS: Final = ("select_fci", "file15", "file17", *BALANCES.values())
LIST_FIELDS: Final = ("sfi18", "sfi1E")
INPUT_FIELDS: Final = (*SINGLE_FIELDS, *LIST_FIELDS, "transcript")


@mutable
class RawCard:
    """The bytes of one dump, by field, and the day it is to be judged on (empty: it is not)."""

    name: str
    today: str = ""
    single: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, list[bytes]] = field(default_factory=dict)


def collect(dump: Mapping[str, object], name: str) -> RawCard:
    """Gather a dump's bytes; raises ``CARD_MALFORMED`` naming card and field where one is not hexadecimal."""
    raw = RawCard(name, str(dump.get("today", "")))
    for pair in _list(dump, "transcript", name):
        _collect_pair(raw, pair)
    for key in SINGLE_FIELDS:
        if key in dump:
            raw.single[key] = _bytes(dump[key], f"{name}: {key}")
    for key in LIST_FIELDS:
        if key in dump:
            listed = _list(dump, key, name)
            raw.records[key] = [_bytes(each, f"{name}: {key}[{at}]") for at, each in enumerate(listed)]
    return raw


def facts_of(raw: RawCard, issuers: IssuerTable) -> Facts:
    """Decode a dump; only what is in it appears. Raises ``CARD_MALFORMED`` naming the card."""
    facts: Facts = {}
    try:
        public = _add_public(facts, raw)
        if public is not None and raw.today:
            facts["validity"] = validity(public, raw.today)
        rules = issuers.default if public is None else issuers.rules_of(public.issuer, public.city)
        _add_balances(facts, raw, rules)
        if "file17" in raw.single:
            facts["interop"] = files.decode_interop(raw.single["file17"])
        if "sfi18" in raw.records:
            log = [files.decode_log(record) for record in raw.records["sfi18"]]
            facts["sfi18"] = [_log_facts(record) for record in log if record is not None]
        if "sfi1E" in raw.records:
            trips = [files.decode_trip(record) for record in raw.records["sfi1E"]]
            facts["sfi1E"] = [_trip_facts(record, issuers) for record in trips if record is not None]
    except CardError as error:
        raise CardError(error.code, f"{raw.name}: {error.args[0]}") from error
    return facts


def _collect_pair(raw: RawCard, pair: object) -> None:
    place = f"{raw.name}: transcript"
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 - a command and its answer
        raise CardError("CARD_MALFORMED", f"{place}: a pair of command and answer is expected")
    command, answered = _bytes(pair[0], place), _bytes(pair[1], place)
    if len(answered) < 2:  # noqa: PLR2004 - SW1 SW2
        raise CardError("CARD_MALFORMED", f"{place}: an answer without a status word")
    answer = Response.parse(answered)
    where = _field_of(command)
    if not answer.fine or where is None:
        return
    if where in LIST_FIELDS:
        raw.records.setdefault(where, []).append(answer.body)
    else:
        raw.single[where] = answer.body


def _field_of(command: bytes) -> str | None:
    """Say which field of a dump a command's answer is; None for a command that reads nothing we decode."""
    cla_ins, p1, p2 = command[:2].hex().upper(), command[2:3], command[3:4]
    record_files = {bytes([files.LOG_FILE << 3 | 4]): "sfi18", bytes([files.TRIP_FILE << 3 | 4]): "sfi1E"}
    binary_files = {bytes([0x80 | files.PUBLIC_FILE]): "file15", bytes([0x80 | files.ADMIN_FILE]): "file17"}
    match cla_ins:
        case "00A4":
            return "select_fci"
        case "00B0":
            return binary_files.get(p1)
        case "00B2":
            return record_files.get(p2)
        case "805C" if p2 == b"\x02" and p1:
            return BALANCES.get(p1[0])
    return None


def _add_public(facts: Facts, raw: RawCard) -> files.PublicFile | None:
    copy: bytes | None = None
    if "select_fci" in raw.single:
        fci = files.decode_fci(raw.single["select_fci"])
        copy = fci.public_copy
        named = {"label": fci.label, "preferred_name": fci.preferred_name}
        facts.update({key: text for key, text in named.items() if text is not None})
    content = raw.single.get("file15", copy)
    if content is None:
        return None
    if copy is not None and "file15" in raw.single:
        facts["fci_agrees"] = copy == content
    public = files.decode_public(content)
    facts["file15"] = _public_facts(public)
    return public


def _add_balances(facts: Facts, raw: RawCard, rules: IssuerRules) -> None:
    """Add the raw reading (bit 31 by the rule) and the balance to display; a missing overdraft reading counts as 0."""
    readings = {p1: files.decode_balance(raw.single[key], rules) for p1, key in BALANCES.items() if key in raw.single}
    if 0 in readings:
        facts["balance_fen"] = readings[0]
    plus, minus = rules.balance_parts()
    if plus in readings:
        facts["display_balance_fen"] = max(readings[plus] - (0 if minus is None else readings.get(minus, 0)), 0)


def _public_facts(public: files.PublicFile) -> Facts:
    return {
        "issuer": public.issuer.hex().upper(),
        "city": public.city,
        "app_type": f"{public.application_type:02X}",
        "enabled": f"{public.enabled:02X}",
        "pan19": public.number,
        "start": public.valid_from,
        "end": public.valid_until,
        "fci_custom": public.custom.hex().upper(),
    }


def _log_facts(record: LogRecord) -> Facts:
    return {
        "seq": record.sequence,
        "overdraft": record.overdraft_fen,
        "amount_fen": record.amount_fen,
        "type": record.kind,
        "terminal": record.terminal.hex().upper(),
        "time": record.time,
    }


def _trip_facts(record: TripRecord, issuers: IssuerTable) -> Facts:
    rules = issuers.by_city.get(record.city, issuers.default)
    place = files.decode_line_station(record, rules)
    facts: Facts = {
        "type": record.kind,
        "terminal": record.terminal.hex().upper(),
        "industry": record.industry,
        "line_station": record.line_station.hex().upper(),
        "line": place.line,
        "station": place.station,
        "operator": place.operator,
        "amount_fen": record.amount_fen,
        "balance_fen": record.balance_after_fen,
        "time": record.time,
        "city": record.city,
        "acquirer": record.acquirer.hex().upper(),
    }
    if place.route is not None:
        facts["route"] = place.route
    return facts


def _bytes(value: object, place: str) -> bytes:
    if isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass  # said below, without the text: it may hold a card number
    raise CardError("CARD_MALFORMED", f"{place}: not hexadecimal")


def _list(dump: Mapping[str, object], key: str, name: str) -> list[object]:
    value = dump.get(key, [])
    if not isinstance(value, list):
        raise CardError("CARD_MALFORMED", f"{name}: {key}: a list is expected")
    return value
