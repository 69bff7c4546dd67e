"""What every store of the centre must do; a second engine runs the same cases.

A test class inherits :class:`CentralStoreCases` and provides the fixture ``store``, a fresh store.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.crypto.signing import SigningKey
from edge.crypto.tokens import TokenKey
from edge.domain.debit import Verdict as Proof
from edge.domain.entry import Settled, Torn
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.exchange import EnrolmentKit
from sync.central.artifacts import Publication
from sync.central.centre import Centre, Receipt
from sync.central.intake import Accepted, Duplicate, Forked, Gap
from sync.central.keys import CentreKeys
from sync.central.store.port import CentralStore, Query, Work
from sync.grant import grant_hash, open_grant
from sync.kit import EnrolmentRequest, encode_request, open_kit, parse_token
from sync.wire import encode
from tests.sync.builders import CENTRE_KEY, INTENT, NOON_MS, TERMINAL_KEY, TERMS, Ledger
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

KEYS = CentreKeys(CENTRE_KEY, 1, BOX_PUBLIC, TokenKey(1, b"k" * 32))


def centre_on(store: CentralStore, now_ms: int = NOON_MS) -> Centre:
    """Return a centre whose time stands still and whose random bytes count up."""
    counter = iter(range(1, 1000))
    return Centre(store, KEYS, lambda: now_ms, lambda count: next(counter).to_bytes(count, "big"))


async def enrol(
    centre: Centre, terminal: str = "BUS-1", key: SigningKey = TERMINAL_KEY, known: int = 0, asked: bytes = b""
) -> EnrolmentKit:
    """Enrol a terminal with a fresh token, ``asked`` for a certificate, and return its opened kit."""
    token = await centre.new_token(terminal)
    request = EnrolmentRequest(terminal, token.secret, key.public, BOX_PUBLIC, known, asked)
    return open_kit(await centre.enrol(encode_request(request)), BOX_PRIVATE, token.fingerprint)


async def enrolled(centre: Centre) -> Ledger:
    """Enrol ``BUS-1`` and return its empty journal."""
    kit = await enrol(centre)
    return Ledger(epoch=open_grant(kit.grant, kit.centre_key).epoch, start=grant_hash(kit.grant))


async def send(centre: Centre, ledger: Ledger, first: int = 1, last: int | None = None) -> Receipt:
    """Send a part of a journal."""
    return await centre.receive(ledger.terminal, ledger.packed(first, last))


class CentralStoreCases:
    """The cases; each claim is in its test's name."""

    async def test_a_batch_is_held_and_the_books_balance(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.torn(2)
        ledger.torn(3, Proof.POSTED)
        ledger.voided(4)
        receipt = await send(centre, ledger)
        books = await centre.books()
        assert (receipt.ack.acked_seq, receipt.ack.expected_seq) == (ledger.last, ledger.last + 1)
        assert books.problems == ()
        assert [(line.taps, line.payer_fen, line.total_fen) for line in books.media] == [(2, 200, 300)]
        assert (books.by("payer:"), books.by("funder:")) == ((("purse", 200),), (("district", 100),))
        assert dict(books.accounts)["suspense:torn"] == 150

    async def test_a_batch_again_adds_no_row(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        await send(centre, ledger)
        before = await centre.books()
        again = await send(centre, ledger)
        assert isinstance(again.verdict, Duplicate)
        assert await centre.books() == before

    async def test_a_result_finds_its_intent_from_an_earlier_batch(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.torn(1, Proof.VOIDED)
        for seq in (1, 2, 3):
            receipt = await send(centre, ledger, seq, seq)
            assert receipt.ack.rejected == ()
        assert dict((await centre.books()).accounts)["suspense:torn"] == 0

    async def test_the_proof_of_a_refused_intent_comes_later_and_its_money_is_in_suspense_once(
        self, store: CentralStore
    ) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        intent = ledger.add(replace(INTENT, debit=replace(TERMS, amount_fen=99)), tap=1)
        ledger.add(Torn("card_left"), ref_seq=intent, tap=1)
        ledger.add(Settled(Proof.POSTED, "rule", b"", b"", False, False), ref_seq=intent, tap=1)
        for seq in (1, 2, 3):
            receipt = await send(centre, ledger, seq, seq)
            assert [entry.seq for entry in receipt.ack.rejected] == [seq]
        books = await centre.books()
        assert books.problems == ()
        assert dict(books.accounts)["suspense:quarantine"] == 150

    async def test_a_rejected_entry_is_named_again_when_the_ack_was_lost(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.raws.append(b"poison")
        ledger.ride(1)
        first, again = await send(centre, ledger), await send(centre, ledger)
        assert isinstance(first.verdict, Accepted)
        assert [(entry.seq, entry.code) for entry in first.ack.rejected] == [(1, "WIRE_MALFORMED")]
        assert again.ack.rejected == first.ack.rejected
        assert (await centre.books()).problems == ()

    async def test_a_gap_names_the_place_to_resume(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.ride(2)
        await send(centre, ledger, 1, 1)
        receipt = await send(centre, ledger, 3, 4)
        assert isinstance(receipt.verdict, Gap)
        assert (receipt.ack.acked_seq, receipt.ack.expected_seq) == (1, 2)

    async def test_a_twin_never_learns_how_far_the_other_has_come(self, store: CentralStore) -> None:
        """An old part is acknowledged as far as it goes; more would let the twin prune what only it holds."""
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        twin = ledger.copied()
        ledger.ride(2)
        await send(centre, ledger)
        assert (await send(centre, twin)).ack.acked_seq == 2

    async def test_row_61_both_tails_of_a_copied_disk_are_kept_with_an_alarm(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        twin = ledger.copied()
        ledger.ride(2)
        twin.ride(3)
        await send(centre, ledger)
        for _ in range(2):
            receipt = await send(centre, twin)
            assert isinstance(receipt.verdict, Forked)
            assert (receipt.ack.acked_seq, [entry.code for entry in receipt.ack.rejected]) == (0, ["CHAIN_FORK"])
        books = await centre.books()
        assert [(line.entries, line.conflict_entries, line.conflict_fen) for line in books.streams] == [(4, 2, 150)]
        assert [alarm[2] for alarm in books.alarms] == ["chain_fork"]
        assert books.problems == ()

    async def test_a_debit_that_is_torn_and_settled_in_a_tail_is_in_suspense_once(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        twin = ledger.copied()
        ledger.ride(2)
        twin.torn(3, Proof.POSTED)
        twin.ride(4)
        await send(centre, ledger)
        await send(centre, twin, 3, 4)
        await send(centre, twin, 5, 7)
        (line,) = (await centre.books()).streams
        assert (line.conflict_entries, line.conflict_fen) == (5, 300)

    async def test_a_stream_of_which_nothing_was_ever_accepted_stands_in_the_books(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.start = bytes(32)
        ledger.ride(1)
        assert isinstance((await send(centre, ledger)).verdict, Forked)
        books = await centre.books()
        assert [(line.acked_seq, line.entries, line.conflict_entries, line.conflict_fen) for line in books.streams] == [
            (0, 0, 2, 150)
        ]
        assert books.problems == ()

    async def test_a_token_works_once(self, store: CentralStore) -> None:
        centre = centre_on(store)
        token = await centre.new_token("BUS-1")
        request = encode(EnrolmentRequest("BUS-1", token.secret, TERMINAL_KEY.public, BOX_PUBLIC, 0))
        await centre.enrol(request)
        with pytest.raises(ConfigError, match="ENROLMENT_REFUSED"):
            await centre.enrol(request)

    async def test_a_token_expires(self, store: CentralStore) -> None:
        token = await centre_on(store).new_token("BUS-1")
        request = encode(EnrolmentRequest("BUS-1", token.secret, TERMINAL_KEY.public, BOX_PUBLIC, 0))
        with pytest.raises(ConfigError, match="expired"):
            await centre_on(store, NOON_MS + 8 * 86_400_000).enrol(request)

    async def test_every_enrolment_gives_an_epoch_and_a_spare_above_all_before(self, store: CentralStore) -> None:
        centre = centre_on(store)
        kits = [await enrol(centre), await enrol(centre), await enrol(centre, known=40)]
        epochs = [
            (open_grant(kit.grant, kit.centre_key).epoch, open_grant(kit.spare, kit.centre_key).epoch) for kit in kits
        ]
        assert epochs == [(1, 2), (3, 4), (41, 42)]

    async def test_a_new_grant_names_the_head_before_it(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        await send(centre, ledger)
        kit = await enrol(centre)
        assert open_grant(kit.grant, kit.centre_key).previous_head == ledger.head(2)

    async def test_an_unknown_terminal_is_refused(self, store: CentralStore) -> None:
        ledger = Ledger(terminal="NOBODY")
        ledger.ride(1)
        with pytest.raises(RemoteProtocolError, match="TERMINAL_UNKNOWN"):
            await send(centre_on(store), ledger)

    async def test_row_58_a_restored_centre_says_so_in_every_ack(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        before = await send(centre, ledger)
        await centre.restored()
        after = await send(centre, ledger)
        assert before.ack.centre_epoch == 1 < after.ack.centre_epoch

    async def test_a_restored_centre_gives_no_version_of_an_edition_again(self, store: CentralStore) -> None:
        centre = centre_on(store)
        parts = [Publication("tariff", "tariff", b"one"), Publication("deny_list", "d", b"")]
        assert await centre.publish(parts) == 1
        floor = await centre.restored()
        assert await centre.publish(parts) == floor
        assert await centre.publish(parts) == floor + 1

    async def test_editions_rise_and_carry_the_newest_of_each_name(self, store: CentralStore) -> None:
        centre = centre_on(store)
        first = await centre.publish([Publication("tariff", "tariff", b"one"), Publication("deny_list", "d", b"")])
        second = await centre.publish([Publication("tariff", "tariff", b"two")])
        assert (first, second) == (1, 2)
        ledger = await enrolled(centre)
        ledger.ride(1)
        assert (await send(centre, ledger)).ack.offers == (("edition", 2),)

    async def test_work_that_raises_leaves_nothing_behind(self, store: CentralStore) -> None:
        def doomed() -> Work[None]:
            yield Query("INSERT INTO fact (name, number) VALUES (?, ?)", ("doomed", 1))
            raise RemoteProtocolError("WIRE_MALFORMED", "on purpose")

        def count() -> Work[int]:
            return len((yield Query("SELECT number FROM fact WHERE name = ?", ("doomed",))))

        with pytest.raises(RemoteProtocolError):
            await store.write(doomed)
        assert await store.read(count) == 0

    def test_a_printed_token_reads_back(self) -> None:
        text = "bus.07." + "ab" * 16 + "." + "cd" * 8
        assert str(parse_token(text)) == text
