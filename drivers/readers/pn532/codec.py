"""The host's side of the PN532 line: one command, its ACK, its answer (NXP UM0701-02 6.2.2)."""

from __future__ import annotations

from typing import Final, Literal

from drivers.framing import (
    NEED_DATA,
    Acked,
    Answered,
    Damaged,
    FrameCounters,
    FrameEvent,
    NeedData,
    ReaderCommand,
    Rejected,
)
from drivers.readers.pn532.frames import (
    ERROR_FRAME,
    FRAME_BYTES_MAX,
    HOST_TO_READER,
    READER_TO_HOST,
    Frame,
    FrameParser,
    Short,
    encode,
)

_NOTHING: Final = -1


class Pn532Codec:
    """Frames commands (code and parameters), accepts the answer with code + 1, counts everything else."""

    acknowledges = True
    answer_bytes_min = len(Short.ACK.value) + 1

    def __init__(self, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        self.counters = FrameCounters()
        self._parser = FrameParser(self.counters, frame_bytes_max)
        self._awaited = _NOTHING

    @property
    def partial(self) -> bool:
        """Say whether the bytes received end inside a frame."""
        return self._parser.partial

    def send(self, command: ReaderCommand) -> bytes:
        """Return the frame of ``body`` = command code and parameters; its answer is awaited from now on."""
        self._awaited = command.body[0] + 1
        return encode(HOST_TO_READER, command.body)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        self._parser.receive_data(incoming)

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return Acked, Answered (parameters after the answer code), Rejected, Damaged, or NEED_DATA."""
        while True:
            frame = self._parser.next_frame()
            if frame is NEED_DATA or isinstance(frame, Damaged):
                return frame
            event = self._event(frame)
            if event is not None:
                return event
            self.counters.strangers += 1

    def _event(self, frame: Frame | Short) -> FrameEvent | None:
        if isinstance(frame, Short):
            return Acked() if frame is Short.ACK else None
        if frame.tfi == ERROR_FRAME:
            return Rejected("the chip reports a syntax error (7F)")
        if frame.tfi != READER_TO_HOST or frame.payload[0] != self._awaited:
            return None
        return Answered(frame.payload[1:])

    def give_up_partial(self) -> None:
        """Hunt on behind a frame that does not end."""
        self._parser.give_up_partial()

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._parser.reset()
        self._awaited = _NOTHING

    def nack(self) -> bytes:
        """Return NACK: the chip repeats its last answer."""
        return Short.NACK.value

    def abort(self) -> bytes:
        """Return ACK: the chip stops the running command."""
        return Short.ACK.value
