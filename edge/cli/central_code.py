"""``onecard central code``: makes the operator's own offline codes, and the keys that they are signed with.

It needs no running centre: an operator's desk or app has the key file, terminals have the row that ``key new`` prints.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.scanners.codes.onecard.layout import Kind
from edge.domain.code_keys import CodeAlgorithm

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


def _moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * UNITS[found[2]]
