"""Artifacts that are one value each, whole in memory: which kind carries a value of which type. One line per kind.

The body is the value's own msgpack array (``sync/wire.py``): its type says the shape, and refuses what lies out of
bounds, at the centre before it is signed and on the terminal before it is in force. An array of an older release may
lack the fields appended since. A type is loaded when an artifact of its kind is there.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Final, Protocol, cast

from edge.domain.errors import PolicyError, RemoteProtocolError
from sync.wire import decode, encode

CODE_KEYS_KIND: Final = "code_keys"
CA_KEYS_KIND: Final = "ca_keys"
PROMPTS_KIND: Final = "prompts"
MENUS_KIND: Final = "menus"
PROFILES_KIND: Final = "profiles"
STAFF_KIND: Final = "staff"
TECHNICIANS_KIND: Final = "technicians"
DRIVERS_KIND: Final = "drivers"
VOICE_KIND: Final = "voice"
STOPS_KIND: Final = "stops"
SEALING_KEY_KIND: Final = "sealing_key"

VALUE_TYPES: Final = {
    CODE_KEYS_KIND: "edge.domain.code_keys:CodeKeys",
    CA_KEYS_KIND: "edge.domain.ca_keys:CaKeys",
    PROMPTS_KIND: "edge.domain.prompts:Prompts",
    MENUS_KIND: "edge.domain.meals.menu:Menus",
    PROFILES_KIND: "edge.domain.profile_settings:ProfileSettings",
    STAFF_KIND: "edge.domain.staff:StaffRoster",
    TECHNICIANS_KIND: "edge.domain.staff:TechnicianRoster",
    DRIVERS_KIND: "edge.domain.drivers:DriverRoster",
    VOICE_KIND: "edge.domain.voice:Voice",
    STOPS_KIND: "edge.domain.stops:StopTable",
    SEALING_KEY_KIND: "edge.domain.sealing_key:SealingKey",
}
VALUE_BYTES_MAX: Final = 1024 * 1024


class Counted(Protocol):
    """A value that says how many entries it has."""

    def __len__(self) -> int:
        """Return the count."""
        ...


def value_type(kind: str) -> type[Counted]:
    """Return the type of a kind's values."""
    return cast("type[Counted]", resolve_name(VALUE_TYPES[kind]))


def encode_value(value: Counted) -> bytes:
    """Return the body of an artifact that carries a value."""
    return encode(value)


def decode_value(kind: str, body: bytes) -> Counted:
    """Return the value in a body; raises ``ARTIFACT_UNFIT`` where it is none of this kind, or lies out of bounds."""
    try:
        return decode(value_type(kind), body, limit=VALUE_BYTES_MAX, older=True)
    except RemoteProtocolError as error:
        raise PolicyError("ARTIFACT_UNFIT", f"{kind}: {error.args[0]}") from error
