"""The error tree: a decline is a value; an exception means that a part failed.

Every exception carries a stable ``code``; :mod:`edge.domain.error_codes` gives each code its recovery and a one-line
hint for the technician. The family decides the exit code of a command.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from edge.domain.error_codes import CODES


class Recovery(StrEnum):
    """What the supervisor does about a failed part."""

    RETRY = "retry"
    RETAP = "retap"
    RESTART = "restart"
    DEGRADE = "degrade"
    QUARANTINE = "quarantine"
    OUT_OF_SERVICE = "out_of_service"
    HALT = "halt"


class OneCardError(Exception):
    """Root of all coded errors.

    ``code`` is stable across releases, ``hint`` says what a technician can do, ``recovery`` what the supervisor does.
    Messages never contain card numbers, names or keys.
    """

    family: ClassVar[str] = "onecard"
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str) -> None:
        """Raise ``KeyError`` for a code that the table does not list: an undocumented code is a defect."""
        family, recovery, hint = CODES[code]
        if family != self.family:
            raise KeyError(f"{code} belongs to {family}, not to {self.family}")
        super().__init__(message)
        self.code = code
        self.recovery = Recovery(recovery)
        self.hint = hint

    @property
    def ends_service(self) -> bool:
        """Say whether no part of a terminal may go on beside this error: the service starts anew, or halts."""
        return self.recovery in (Recovery.RESTART, Recovery.HALT)

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"


class ReaderError(OneCardError):
    """A reader or its serial line failed."""

    family = "reader"
    exit_code = 10


class CardError(OneCardError):
    """A card left, or answered what no sound card answers."""

    family = "card"
    exit_code = 20


class CardRefused(CardError):  # noqa: N818 - named by what happened, as its base is
    """A card answered a command it should have obeyed with an error; ``status`` is its status word (ISO/IEC 7816-4)."""

    def __init__(self, step: str, status: int) -> None:
        super().__init__("CARD_STATUS", f"{step} was answered {status:04X}")
        self.status = status


class SamError(OneCardError):
    """A secure access module is absent, mute, wrong or locked."""

    family = "sam"
    exit_code = 30


class StoreError(OneCardError):
    """A file of the terminal or the centre cannot be trusted, read or written."""

    family = "store"
    exit_code = 40


class PolicyError(OneCardError):
    """Reference data is missing, unsigned, rolled back or out of bounds."""

    family = "policy"
    exit_code = 50


class UplinkError(OneCardError):
    """The centre was not reached, or did not answer as the centre."""

    family = "uplink"
    exit_code = 60


class ProtocolError(OneCardError):
    """A message broke the rules of its protocol."""

    family = "protocol"
    exit_code = 70


class LocalProtocolError(ProtocolError):
    """We tried to send what the protocol does not allow: our own defect."""


class RemoteProtocolError(ProtocolError):
    """The other side sent what the protocol does not allow."""


class ConfigError(OneCardError):
    """A configuration, profile, key file or enrolment cannot be used."""

    family = "config"
    exit_code = 80
