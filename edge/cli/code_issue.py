"""What ``onecard central code`` does: makes keys that sign offline codes, and codes, printed or as pictures."""

from __future__ import annotations

import argparse

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
