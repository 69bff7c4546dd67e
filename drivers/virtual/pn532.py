"""A virtual PN532 on its serial line (NXP UM0701-02): frames, acknowledgement, and the commands of the chip itself.

What goes over the air is in :mod:`drivers.virtual.pn532_initiator`. Every well-formed frame is acknowledged and
answered, unknown commands by the error frame; damaged frames are passed over in silence, as the chip does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Field
from drivers.virtual.pn532_frames import ACK, ERROR, FROM_HOST, TO_HOST, FrameHunter, HostFrame, Kind, wrap
from drivers.virtual.pn532_initiator import Answering, Initiator

FIRMWARE: Final = bytes.fromhex("32010607")
BAUD_RATES: Final = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
TX_AUTO: Final = 0x6305
WAKE_BYTES: Final = 5
"""How many bytes before a frame wake a chip in PowerDown."""
_ROM, _RAM, _PRESENCE, _ANTENNA, _ECHO = 0x01, 0x02, 0x06, 0x07, 0x00
_PORT_VALID: Final = 0x80
_SAM_MODES: Final = range(1, 5)


class VirtualPn532:
    """One chip over one :class:`Field`. ``wakes=False``: once powered down it never answers again."""

    def __init__(self, field: Field, *, wakes: bool = True, ack_ms: float = 0.0) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.field = field
        self.registers: dict[int, int] = {TX_AUTO: 0x40}
        self.initiator = Initiator(field, self.registers)
        self.wakes = wakes
        self.ack_ms = ack_ms
        self.asleep = False
        self.baud = BAUD_RATES[4]
        self.ports = {"P3": 0x3F, "P7": 0x06}
        self._next_baud: int | None = None
        self._hunter = FrameHunter()
        self._last_answer = b""
        self._job = 0
        self._replies: list[Reply] | None = None
        self._commands = self._command_table()

    @property
    def damaged_frames(self) -> int:
        """Return how many frames were passed over."""
        return self._hunter.damaged

    @property
    def listening_bauds(self) -> tuple[int, ...]:
        """Return the rate in use, and the agreed one while the host's ACK for it may still be on its way."""
        return (self.baud,) if self._next_baud is None else (self.baud, self._next_baud)

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return acknowledgements and answers."""
        replies: list[Reply] = []
        self._replies = replies
        for frame in self._hunter.feed(incoming):
            if self._awake(frame):
                self._take(frame)
        self._replies = None
        return replies

    def power_cycle(self) -> None:
        """Lose power and come back as after the plug: rate, registers, targets and field are those of the start."""
        self._forget_job()
        self.field.power(on=False)
        self.registers.clear()
        self.registers[TX_AUTO] = 0x40
        self.initiator.reset()
        self.asleep, self.baud, self._next_baud = False, BAUD_RATES[4], None
        self._hunter = FrameHunter()

    def _awake(self, frame: HostFrame) -> bool:
        if self.asleep and self.wakes and frame.lead_in >= WAKE_BYTES:
            self.asleep = False
        return not self.asleep

    def _take(self, frame: HostFrame) -> None:
        self._switch_baud()
        if frame.kind is Kind.ACK:
            self._forget_job()
            self._say(Reply(0.0, b"", cancels=True))
        elif frame.kind is Kind.NACK:
            self._say(Reply(0.0, self._last_answer))
        else:
            self._forget_job()
            self._say(Reply(self.ack_ms, ACK, cancels=True))
            self._command(frame.payload)

    def _forget_job(self) -> None:
        self._job += 1
        self.initiator.forget_polling()

    def _command(self, payload: bytes) -> None:
        job = self._job
        code = payload[1] if len(payload) > 1 and payload[0] == FROM_HOST else None
        run = self._commands.get(code) if code is not None else None

        def answer(body: bytes | None, delay_ms: float) -> None:
            if job != self._job:
                return  # aborted by the host, or overtaken by its next command
            frame = ERROR if body is None or code is None else wrap(bytes([TO_HOST, code + 1]) + body)
            self._last_answer = frame
            self._say(Reply(delay_ms, frame))

        if run is None:
            answer(None, 0.0)
        else:
            run(payload[2:], answer)

    def _say(self, reply: Reply) -> None:
        if self._replies is None:
            self.on_unsolicited(reply)
        else:
            self._replies.append(reply)

    def _switch_baud(self) -> None:
        """Change to the agreed rate: at the host's ACK, or at its next frame where that ACK was lost."""
        if self._next_baud is not None:
            self.baud, self._next_baud = self._next_baud, None

    def _command_table(self) -> dict[int, Callable[[bytes, Answering], None]]:
        air = self.initiator
        return {
            0x00: self._diagnose,
            0x02: lambda _arguments, answer: answer(FIRMWARE, 0.0),
            0x04: lambda _arguments, answer: answer(air.general_status(), 0.0),
            0x06: self._read_registers,
            0x08: self._write_registers,
            0x0C: lambda _arguments, answer: answer(bytes([self.ports["P3"], self.ports["P7"], 0x03]), 0.0),
            0x0E: self._write_ports,
            0x10: self._set_baud,
            0x12: self._set_parameters,
            0x14: self._configure_sam,
            0x16: self._power_down,
            0x32: air.configure,
            0x40: air.exchange,
            0x42: air.communicate_thru,
            0x44: air.deselect,
            0x4A: air.list_targets,
            0x52: air.release,
            0x54: air.select,
            0x60: air.auto_poll,
        }

    def _diagnose(self, arguments: bytes, answer: Answering) -> None:
        test = arguments[0] if arguments else None
        if test == _ECHO:
            answer(arguments, 0.0)
        elif test == _PRESENCE:
            answer(bytes([self.initiator.presence_status()]), self.field.card_time.air_ms(4))
        else:
            answer(b"\x00" if test in {_ROM, _RAM, _ANTENNA} else None, 0.0)

    def _read_registers(self, arguments: bytes, answer: Answering) -> None:
        if not arguments or len(arguments) % 2:
            answer(None, 0.0)
            return
        addresses = [int.from_bytes(arguments[at : at + 2], "big") for at in range(0, len(arguments), 2)]
        answer(bytes(self.registers.get(address, 0) for address in addresses), 0.0)

    def _write_registers(self, arguments: bytes, answer: Answering) -> None:
        if not arguments or len(arguments) % 3:
            answer(None, 0.0)
            return
        for at in range(0, len(arguments), 3):
            self.registers[int.from_bytes(arguments[at : at + 2], "big")] = arguments[at + 2]
        answer(b"", 0.0)

    def _write_ports(self, arguments: bytes, answer: Answering) -> None:
        if len(arguments) != len(self.ports):
            answer(None, 0.0)
            return
        for name, wanted in zip(self.ports, arguments, strict=True):
            if wanted & _PORT_VALID:
                self.ports[name] = wanted & ~_PORT_VALID
        answer(b"", 0.0)

    def _set_baud(self, arguments: bytes, answer: Answering) -> None:
        if len(arguments) != 1 or arguments[0] >= len(BAUD_RATES):
            answer(None, 0.0)
            return
        answer(b"", 0.0)
        self._next_baud = BAUD_RATES[arguments[0]]

    def _set_parameters(self, arguments: bytes, answer: Answering) -> None:
        if len(arguments) != 1:
            answer(None, 0.0)
            return
        self.initiator.parameters = arguments[0]
        answer(b"", 0.0)

    def _configure_sam(self, arguments: bytes, answer: Answering) -> None:
        answer(b"" if arguments and arguments[0] in _SAM_MODES else None, 0.0)

    def _power_down(self, arguments: bytes, answer: Answering) -> None:
        if not arguments:
            answer(None, 0.0)
            return
        answer(b"\x00", 0.0)
        self.field.power(on=False)
        self.asleep = True
