"""What an operator asks of the centre, over a socket that only the owner may open, or directly when none runs.

A request is ``POST /admin/VERB`` with a JSON object; the answer is a JSON object. SQLite has one owner: while the
server runs, commands ask it instead of opening the store beside it.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import logging
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from edge.crypto.tokens import TokenKey
from edge.domain.error_codes import CODES
from edge.domain.errors import ConfigError, OneCardError, RemoteProtocolError
from edge.telemetry import log
from sync.central.artifacts import EVERYBODY
from sync.central.books.aside_verbs import AsideVerbs
from sync.central.books.verbs import BookVerbs, plain_reconciled
from sync.central.centre import Centre
from sync.central.claims import plain_claims
from sync.central.clearing import plain_dues
from sync.central.debts import REFUSAL_COLUMNS, refusals_of
from sync.central.exports.verbs import FileVerbs
from sync.central.fleet.user_verbs import UserVerbs
from sync.central.guards import plain_day_flags
from sync.central.key_verbs import KeyVerbs
from sync.central.leases import COLUMNS as LEASE_COLUMNS
from sync.central.leases import lease_requests
from sync.central.reconcile import FUNDER, PAYER, Books
from sync.central.rollout_verbs import RolloutVerbs, audience_of
from sync.central.ruled import RULINGS, Rulings, plain_lost
from sync.central.tables import named_rows
from sync.central.trust_verbs import TrustVerbs
from sync.central.verb import Arguments, Verb

ADMIN_BYTES_MAX: Final = 64 * 1024 * 1024
PIECE_BYTES: Final = 4 * 1024 * 1024
LOG: Final = logging.getLogger("onecard.central")


class Admin:
    """The operator's verbs on one centre. ``token_key`` turns listed numbers into tokens.

    What people rule is kept in the files of ``rulings``, where there are any, for a store that comes from a backup.
    """

    def __init__(self, centre: Centre, token_key: TokenKey, rulings: Rulings | None = None) -> None:
        self._rulings = rulings
        self._centre = centre
        self._token_key = token_key
        self._trust = TrustVerbs(centre)
        self._books = BookVerbs(centre)
        self._rollout = RolloutVerbs(centre)
        self._files = FileVerbs(centre)
        self._aside = AsideVerbs(centre.bookkeeping)
        self._users = UserVerbs(centre)
        self._keys = KeyVerbs(centre)

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "token": self.token,
            "publish": self.publish,
            "publish.read": self.read_documents,
            "restored": self.restored,
            "reconcile": self.reconcile,
            "clearing": self.clearing,
            "claims": self.claims,
            "flags": self.flags,
            "lease": self.lease,
            "refused": self.refused,
            "enrol": self.enrol,
            "fleet": self.fleet,
            "receive": self.receive,
            "adopt": self.adopt,
            "manifest": self.manifest,
            "segment": self.segment,
            **self._trust.verbs(),
            **self._books.verbs(),
            **self._rollout.verbs(),
            **self._files.verbs(),
            **self._aside.verbs(),
            **self._users.verbs(),
            **self._keys.verbs(),
        }

    async def call(self, verb: str, arguments: Arguments) -> dict[str, object]:
        """Do one verb; raises coded errors."""
        told = await self.verbs()[verb](arguments)
        if self._rulings is None:
            return told
        if verb in RULINGS:
            await self._rulings.keep(verb, arguments, told)
        if verb in ("restored", "books.run"):
            done, waiting = await self._rulings.again(self._do)
            lost = {"ruled_again": len(done), "rulings_waiting": len(waiting)}
            return {**told, **lost} if done or waiting else told
        return told

    async def _do(self, verb: str, arguments: Arguments) -> dict[str, object]:
        return await self.verbs()[verb](arguments)

    async def token(self, arguments: Arguments) -> dict[str, object]:
        """Make a one-time token for ``terminal``."""
        return {"token": str(await self._centre.new_token(str(arguments["terminal"])))}

    async def publish(self, arguments: Arguments) -> dict[str, object]:
        """Put ``documents``, whose files bear ``names``, and the compiled tariff ``versions`` into force together.

        With a ``group`` they are staged to its terminals alone.
        """
        gather = importlib.import_module("sync.central.publications").gather  # who serves hardly ever needs it
        publications = gather(
            arguments["documents"], arguments.get("versions", ()), self._token_key, arguments.get("names", ())
        )
        audience = audience_of(arguments["group"]) if arguments.get("group") else EVERYBODY
        return {"edition": await self._centre.publish(publications, audience)}

    async def read_documents(self, arguments: Arguments) -> dict[str, object]:
        """Return kind and name of what ``publish`` would publish; documents here come from afar and name no files."""
        module = importlib.import_module("sync.central.publications")
        if any(module.names_file(document) for document in arguments["documents"]):
            raise ConfigError("CONFIG_VALUE", "a document that comes from a browser names no `file` of the centre's")
        publications = module.gather(
            arguments["documents"], arguments.get("versions", ()), self._token_key, arguments.get("names", ())
        )
        return {"publications": [{"kind": each.kind, "name": each.name} for each in publications]}

    async def restored(self, arguments: Arguments) -> dict[str, object]:
        """Declare that the store came from a backup; ``after`` and ``clock_is_right`` as in :meth:`Centre.restored`."""
        after, sure = int(arguments.get("after", 0)), arguments.get("clock_is_right") is True
        return {"centre_epoch": await self._centre.restored(after, clock_is_right=sure)}

    async def reconcile(self, _arguments: Arguments) -> dict[str, object]:
        """Return the books, and what the comparison of journals, books and closed files finds."""
        books, reconciled = plain_books(await self._centre.books()), await self._centre.bookkeeping.reconcile()
        found = plain_reconciled(reconciled)
        lost = [] if self._rulings is None else [plain_lost(ruling) for ruling in await self._rulings.lost()]
        balanced = books["balanced"] and not reconciled.differences and not lost
        return {**books, "balanced": balanced, **found, "differences": [*found["differences"], *lost]}

    async def claims(self, arguments: Arguments) -> dict[str, object]:
        """Return the merged claims on the quotas of a business ``day``."""
        return plain_claims(await self._centre.claims(int(arguments["day"])))

    async def flags(self, arguments: Arguments) -> dict[str, object]:
        """Return what guards of meal subsidies found on a business ``day``."""
        return plain_day_flags(await self._centre.flagged(int(arguments["day"])))

    async def lease(self, arguments: Arguments) -> dict[str, object]:
        """Lease quotas by the CSV ``table`` and publish them; the answers stand in its order."""
        requests = lease_requests(named_rows(arguments["table"], LEASE_COLUMNS), self._token_key)
        answers, edition = await self._centre.lease(requests)
        return {"answers": answers, "edition": edition}

    async def refused(self, arguments: Arguments) -> dict[str, object]:
        """Turn the taps in the CSV ``table``, which issuers refused later, into debts and publish them."""
        refusals = refusals_of(named_rows(arguments["table"], REFUSAL_COLUMNS))
        known, edition = await self._centre.refuse(refusals)
        strange = [refusal.reference for refusal, is_known in zip(refusals, known, strict=True) if not is_known]
        return {"debts": sum(known), "unknown": strange, "edition": edition}

    async def clearing(self, arguments: Arguments) -> dict[str, object]:
        """Return what is to be collected for a business ``day``."""
        return plain_dues(await self._centre.dues(int(arguments["day"])))

    async def enrol(self, arguments: Arguments) -> dict[str, object]:
        """Answer an enrolment request that came as a file (``request``, hexadecimal) by a sealed kit."""
        try:
            request = bytes.fromhex(arguments["request"])
        except ValueError:
            raise ConfigError("ENROLMENT_REFUSED", "not an enrolment request") from None
        return {"kit": (await self._centre.enrol(request)).hex()}

    async def fleet(self, _arguments: Arguments) -> dict[str, object]:
        """Return the public keys by which the fleet knows its centre, oldest first, and what is published of them."""
        keys = self._centre.keys
        return {"keys": [key.hex() for key in keys.ever.keys], "succession": keys.succession.hex()}

    async def receive(self, arguments: Arguments) -> dict[str, object]:
        """Receive a ``batch`` (base64) of ``terminal`` that was carried here by hand; return the signed ack."""
        receipt = await self._centre.receive(str(arguments["terminal"]), _bytes(arguments["batch"]), carried=True)
        return {"verdict": type(receipt.verdict).__name__.lower(), "ack": _text(receipt.signed)}

    async def adopt(self, arguments: Arguments) -> dict[str, object]:
        """Take back a forgotten ``grant`` (base64) of our own."""
        await self._centre.adopt(_bytes(arguments["grant"]))
        return {}

    async def manifest(self, _arguments: Arguments) -> dict[str, object]:
        """Return the newest edition's manifest (base64), empty before the first."""
        found = await self._centre.manifest()
        return {"file": _text(b"" if found is None else found[0])}

    async def segment(self, arguments: Arguments) -> dict[str, object]:
        """Return a piece (base64) of the file of ``sha256`` (hexadecimal) after ``from`` bytes, empty at its end."""
        sha256, start = bytes.fromhex(arguments["sha256"]), int(arguments["from"])
        return {"piece": _text(await self._centre.segment(sha256, start, PIECE_BYTES) or b"")}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise RemoteProtocolError("WIRE_MALFORMED", "not base64") from None


def admin_application(admin: Admin) -> web.Application:
    """Return the application behind the owner's socket."""

    async def answer(request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        if verb not in admin.verbs():
            return web.json_response({"code": "CONFIG_VALUE", "message": f"no verb {verb}"}, status=404)
        try:
            answered = web.json_response(await admin.call(verb, await request.json()))
        except OneCardError as error:
            log(LOG, logging.INFO, "verb.refused", verb=verb, code=error.code)
            return web.json_response({"code": error.code, "message": error.args[0]}, status=409)
        log(LOG, logging.INFO, "verb.done", verb=verb)
        return answered

    app = web.Application(client_max_size=ADMIN_BYTES_MAX)
    app.router.add_post("/admin/{verb}", answer)
    return app


def error_of(answer: Mapping[str, Any]) -> OneCardError:
    """Return the coded error in an answer, in its own family."""
    code = answer["code"]
    for family in OneCardError.__subclasses__():
        if family.family == CODES[code][0]:
            return family(code, str(answer["message"]))
    raise KeyError(code)


def plain_books(books: Books) -> dict[str, object]:
    """Return the books as plain values with stable keys; amounts in fen."""
    return {
        "balanced": not books.problems,
        "problems": list(books.problems),
        "by_medium": [
            {
                "family": line.family,
                "token": line.token.hex(),
                "taps": line.taps,
                "payer_fen": line.payer_fen,
                "total_fen": line.total_fen,
            }
            for line in books.media
        ],
        "by_payer": [{"payer": name, "fen": fen} for name, fen in books.by(PAYER)],
        "by_funder": [{"funder": name, "fen": fen} for name, fen in books.by(FUNDER)],
        "accounts": dict(books.accounts),
        "streams": [
            {
                "terminal": line.terminal,
                "epoch": line.epoch,
                "acked_seq": line.acked_seq,
                "entries": line.entries,
                "conflict_entries": line.conflict_entries,
                "conflict_fen": line.conflict_fen,
            }
            for line in books.streams
        ],
        "gaps": [
            {
                "terminal": line.terminal,
                "epoch": line.epoch,
                "expected_seq": line.expected_seq,
                "first_seq": line.first_seq,
                "raised_ms": line.raised_ms,
            }
            for line in books.gaps
        ],
        "flagged": [dict(zip(("terminal", "guard", "entries"), row, strict=True)) for row in books.flagged],
        "quarantined": [
            {"terminal": terminal, "epoch": epoch, "code": code, "entries": count}
            for terminal, epoch, code, count in books.quarantined
        ],
        "alarms": [
            {"terminal": terminal, "epoch": epoch, "kind": kind, "raised_ms": raised_ms}
            for terminal, epoch, kind, raised_ms in books.alarms
        ],
    }
