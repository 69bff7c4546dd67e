"""``onecard central code``: makes the operator's own offline codes, and the keys that they are signed with.

It needs no running centre: an operator's desk or app has the key file, terminals have the row that ``key new`` prints.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.scanners.codes.onecard import Kind, OwnCode, Subject
from drivers.scanners.codes.onecard.layout import NUMBER_BYTES
from edge.cli.output import print_json
from edge.cli.qr_picture import QrPicture
from edge.clock import SystemClock, SystemIds
from edge.code_issuing import IssuingKey, load_key, new_key
from edge.code_key_file import key_text
from edge.crypto.signing import KEY_BYTES
from edge.domain.code_keys import CodeAlgorithm
from edge.domain.errors import ConfigError

UNITS: Final = {"m": 60, "h": 3_600, "d": 86_400}


def configure_code(parser: argparse.ArgumentParser) -> None:
    """Add ``issue`` and ``key new``."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    issue = verbs.add_parser("issue", help="make one code, print it as a QR code")
    issue.add_argument("--key", type=Path, required=True, metavar="FILE", help="the issuing key")
    issue.add_argument("--kind", choices=[kind.name.lower() for kind in Kind], default="ticket")
    whose = issue.add_mutually_exclusive_group(required=True)
    whose.add_argument("--holder", metavar="HEX32", help="the holder's token, 16 bytes")
    whose.add_argument("--account", metavar="NAME", help="the account that pays, 1 to 32 letters and digits")
    issue.add_argument(
        "--from", dest="start", type=_moment, metavar="TIME", help="2026-01-31T08:00+08:00 (default: now)"
    )
    issue.add_argument("--valid", type=_seconds, default="1h", metavar="SPAN", help="30m, 12h or 7d (default 1h)")
    issue.add_argument("--max-fen", type=int, metavar="FEN", help="the most it may be charged (default: not limited)")
    issue.add_argument("--rider", default="", metavar="CATEGORY", help="the rider category of the tariff")
    issue.add_argument("--png", type=Path, metavar="FILE", help="write a picture")
    issue.add_argument("--svg", type=Path, metavar="FILE", help="write a picture")
    key = verbs.add_parser("key", help="`key new FILE`: make an issuing key, print what terminals must know of it")
    key.add_argument("new", choices=["new"])
    key.add_argument("file", type=Path, metavar="FILE")
    key.add_argument("--issuer", required=True, metavar="NAME", help="its name in the books")
    key.add_argument("--algorithm", choices=[algorithm.value for algorithm in CodeAlgorithm], default="ed25519")
    key.add_argument("--test", action="store_true", help="terminals that move money refuse its codes")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")


def run_code(arguments: argparse.Namespace) -> int:
    """Do it; raises ConfigError and StoreError."""
    if arguments.verb == "key":
        return _make_key(arguments)
    code, printed = _issue(arguments)
    for path in (arguments.png, arguments.svg):
        if path is not None:
            QrPicture(printed).write(path)
    if getattr(arguments, "json", False):
        print_json(_facts(code, printed))
        return 0
    if arguments.png is None and arguments.svg is None:
        QrPicture(printed).show()
    print(printed)
    return 0


def _make_key(arguments: argparse.Namespace) -> int:
    key = new_key(arguments.file, CodeAlgorithm(arguments.algorithm), SystemIds().random_bytes(KEY_BYTES))
    row = key.row(arguments.issuer, test=arguments.test)
    if getattr(arguments, "json", False):
        print_json({"key": str(arguments.file), "id": row.key_id.hex(), "public": row.public.hex()})
    else:
        print(key_text([row]), end="")
    return 0


def _issue(arguments: argparse.Namespace) -> tuple[OwnCode, str]:
    """Return a code and what is printed of it."""
    key = load_key(arguments.key)
    now_s = SystemClock().system_ms() // 1000
    from_s = now_s if arguments.start is None else arguments.start
    code = OwnCode(
        algorithm=key.algorithm,
        key_id=key.key_id,
        kind=Kind[arguments.kind.upper()],
        subject=Subject.ACCOUNT if arguments.holder is None else Subject.HOLDER,
        whose=_whose(arguments),
        made_s=now_s,
        from_s=from_s,
        until_s=from_s + arguments.valid,
        amount_max_fen=arguments.max_fen,
        number=SystemIds().random_bytes(NUMBER_BYTES),
        rider=arguments.rider,
    )
    return code, _printed(key, code)


def _printed(key: IssuingKey, code: OwnCode) -> str:
    return key.issue(code).decode("ascii")


def _whose(arguments: argparse.Namespace) -> bytes:
    if arguments.holder is None:
        return str(arguments.account).encode("utf-8")
    try:
        return bytes.fromhex(arguments.holder)
    except ValueError:
        raise ConfigError("CONFIG_VALUE", "--holder is a token of 16 bytes in hexadecimal") from None


def _facts(code: OwnCode, printed: str) -> dict[str, object]:
    return {
        "code": printed,
        "number": code.number.hex(),
        "kind": code.kind.name.lower(),
        "from_s": code.from_s,
        "until_s": code.until_s,
        "amount_max_fen": code.amount_max_fen,
        "key_id": code.key_id.hex(),
    }


def _moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * UNITS[found[2]]
