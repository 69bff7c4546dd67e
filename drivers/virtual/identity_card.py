"""The identity application of a virtual social security card: its two free files, and silence where it is contact only.

Files and commands as public card readers use them. The holder is invented; name and id number are there so that a
terminal which reads them would be caught.
"""

from __future__ import annotations

from typing import Final

from drivers.virtual.emv_objects import tlv
from drivers.virtual.short_apdu import OK, ShortApdu, exactly, status, take_apart
from edge.domain.frozen import frozen

NAME: Final = "sx1.sh.社会保障".encode("gbk")
EF05: Final = bytes.fromhex("EF05")
EF06: Final = bytes.fromhex("EF06")
BY_NAME: Final = 0x04
BY_FILE: Final = 0x02


@frozen
class IdentityHolder:
    """Card identification code (32 hexadecimal digits), dates, social security card number, id number, name."""

    code: str = "370200D156000005A1B2C3D4E5F60718"
    issued: str = "20200101"
    until: str = "20391231"
    card_number: str = "S00000001"
    id_number: str = "37020019900101001X"
    name: str = "张三丰"

    def files(self) -> dict[bytes, dict[int, bytes]]:
        """Return the values of the free files by tag."""
        return {
            EF05: {
                0x01: bytes.fromhex(self.code),
                0x05: bytes.fromhex(self.issued),
                0x06: bytes.fromhex(self.until),
                0x07: self.card_number.encode("ascii").ljust(9, b"\0"),
            },
            EF06: {
                0x08: self.id_number.encode("ascii"),
                0x09: self.name.encode("gbk").ljust(30, b"\0"),
                0x0A: b"1",
            },
        }


class IdentityCard:
    """The application alone. ``contactless``: it answers without contact; ``by_tag``: it wants its file selected."""

    def __init__(
        self,
        holder: IdentityHolder | None = None,
        *,
        contactless: bool = True,
        by_tag: bool = False,
        uid: bytes = bytes.fromhex("08C1D2E3"),
    ) -> None:
        self.holder = holder or IdentityHolder()
        self.uid = uid
        self.ats = bytes.fromhex("067577810280")
        self.asked: list[int] = []
        self._files = self.holder.files()
        self._contactless = contactless
        self._by_tag = by_tag
        self._selected = False
        self._file: bytes | None = None

    def power_off(self) -> None:
        """Lose the field."""
        self._selected, self._file = False, None

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        command = take_apart(apdu)
        if command is None:
            return status(0x6700)
        if (command.cla, command.ins) == (0x00, 0xA4):
            return self._select(command)
        if (command.cla, command.ins) != (0x00, 0xB2):
            return status(0x6D00)
        return self._read(command) if self._selected else status(0x6985)

    def _select(self, command: ShortApdu) -> bytes:
        if command.p1 == BY_FILE and self._selected and command.body in self._files:
            self._file = command.body
            return OK
        self.power_off()
        if command.p1 != BY_NAME or command.body != NAME or not self._contactless:
            return status(0x6A82)
        self._selected = True
        return exactly(tlv("6F", tlv("84", NAME)), command.expected)

    def _read(self, command: ShortApdu) -> bytes:
        """00B2: by tag in the selected file (P2 00), or by record number of a short file identifier."""
        by_number = {5: EF05, 6: EF06}.get(command.p2 >> 3) if not self._by_tag else None
        value = self._files.get(self._file if command.p2 == 0 and self._file else by_number or b"", {}).get(command.p1)
        if value is None:
            return status(0x6A83)
        self.asked.append(command.p1)
        return exactly(bytes([command.p1, len(value)]) + value, command.expected)
