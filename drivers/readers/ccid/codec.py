"""The host's side of a serial CCID line: one message at a time, its answer by slot and sequence number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from drivers.framing import NEED_DATA, Answered, Damaged, FrameCounters, FrameEvent, MoreTime, NeedData, ReaderCommand
from drivers.readers.ccid.envelope import Envelope
from drivers.readers.ccid.gemcore import GemCoreEnvelope
from drivers.readers.ccid.message import ANSWER_KINDS, SLOT_AT, CcidAnswer, numbered


class CcidCodec:
    """Numbers messages, accepts the answer of the right kind, slot and number, drops and counts the others.

    ``echoes``: the reader sends each command back first; that one message is skipped.
    """

    answer_bytes_min = 1

    def __init__(
        self,
        envelope: Callable[[FrameCounters, int], Envelope] = GemCoreEnvelope,
        message_bytes_max: int = 271,
        *,
        echoes: bool = False,
    ) -> None:
        self.counters = FrameCounters()
        self._envelope = envelope(self.counters, message_bytes_max)
        self._echoes = echoes
        self._sequence = 0xFF
        self._sent = b""

    @property
    def acknowledges(self) -> bool:
        """Say whether the envelope has the reader take each frame before it answers."""
        return self._envelope.acknowledges

    @property
    def partial(self) -> bool:
        """Say whether the bytes received end inside a frame."""
        return self._envelope.partial

    def send(self, command: ReaderCommand) -> bytes:
        """Return the frame of a message under the next sequence number."""
        self._sequence = (self._sequence + 1) & 0xFF
        self._sent = numbered(command.body, self._sequence)
        return self._envelope.wrap(self._sent)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        self._envelope.receive_data(incoming)

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return Answered (the whole CCID message), MoreTime, SlotMoved, ResendAsked, Damaged, or NEED_DATA."""
        while True:
            event = self._envelope.next_event()
            if event is NEED_DATA or not isinstance(event, bytes):
                return event
            answer = self._accepted(event)
            if answer is not None:
                return answer

    def _accepted(self, message: bytes) -> FrameEvent | None:
        if self._echoes and message == self._sent:
            return None
        try:
            answer = CcidAnswer.parse(message)
        except ValueError as contradiction:
            return Damaged(str(contradiction))
        ours = self._sent and (ANSWER_KINDS[self._sent[0]], self._sent[SLOT_AT], self._sent[6])
        if (answer.kind, answer.slot, answer.sequence) != ours:
            self.counters.strangers += 1
            return None
        return MoreTime() if answer.time_extension else Answered(message)

    def give_up_partial(self) -> None:
        """Hunt on behind a frame that does not end."""
        self._envelope.give_up_partial()

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._envelope.reset()
        self._sent = b""

    def nack(self) -> bytes:
        """Return what the envelope has for it."""
        return self._envelope.nack()

    def abort(self) -> bytes:
        """Return nothing: a command runs to its end; its late answer bears an old number."""
        return b""
