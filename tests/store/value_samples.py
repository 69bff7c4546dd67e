"""One value of every kind, and another of the same kind that a later edition brings."""

from __future__ import annotations

import hashlib
from typing import Final

from edge.domain.ca_keys import CaKeys, RevokedIssuer, RsaCaKey, Sm2CaKey
from edge.domain.code_keys import CodeAlgorithm, CodeKey, CodeKeys
from edge.domain.drivers import Driver, DriverRoster
from edge.domain.meals.menu import MenuItem, Menus
from edge.domain.profile_settings import ProfileSetting, ProfileSettings
from edge.domain.prompts import Prompts, PromptText
from edge.domain.sealing_key import SealingKey
from edge.domain.staff import Role, StaffMember, StaffRoster, Technician, TechnicianRoster, Trade
from edge.domain.stops import Stop, StopTable
from edge.domain.voice import Voice, VoiceClip
from sync.value_forms import (
    CA_KEYS_KIND,
    CODE_KEYS_KIND,
    DRIVERS_KIND,
    MENUS_KIND,
    PROFILES_KIND,
    PROMPTS_KIND,
    SEALING_KEY_KIND,
    STAFF_KIND,
    STOPS_KIND,
    TECHNICIANS_KIND,
    VOICE_KIND,
    Counted,
)
from tests.domain.sounds import wav

RID: Final = bytes.fromhex("A000000333")


def code_key(number: int) -> CodeKey:
    return CodeKey("onecard", bytes([number]) * 4, CodeAlgorithm.ED25519, bytes([number]) * 32, "canteen", 0, 1 << 47)


def rsa_key(index: int) -> RsaCaKey:
    named, modulus, exponent = bytes([index]), b"\xc5" * 128, b"\x03"
    digest = hashlib.sha1(RID + named + modulus + exponent, usedforsecurity=False).digest()
    return RsaCaKey(RID, named, "live", modulus, exponent, digest, "2030-12-31")


def member(staff: str, role: Role = Role.CASHIER, from_ms: int = 0, until_ms: int = 0) -> StaffMember:
    return StaffMember(staff, role, bytes(16), bytes(range(32)), from_ms, until_ms)


def technician(name: str, number: int, from_ms: int = 0, until_ms: int = 0) -> Technician:
    return Technician(name, Trade.FITTER, bytes([number]) * 32, from_ms, until_ms)


def menu(name: str, *sessions: str) -> MenuItem:
    return MenuItem(name, "甲套餐", "Set meal A", sessions)


SAMPLES: Final[dict[str, tuple[Counted, Counted]]] = {
    CODE_KEYS_KIND: (CodeKeys((code_key(1),)), CodeKeys((code_key(1), code_key(2)))),
    CA_KEYS_KIND: (
        CaKeys((rsa_key(8),), ()),
        CaKeys((rsa_key(9),), (Sm2CaKey(RID, b"\x57", "test", b"\5" * 64),), (RevokedIssuer(RID, b"\x09", b"\0\1\2"),)),
    ),
    PROMPTS_KIND: (
        Prompts((PromptText("accepted", "zh", "请通行"),)),
        Prompts((PromptText("accepted", "zh", "欢迎"), PromptText("passback", "en", "Tapped already"))),
    ),
    MENUS_KIND: (Menus((menu("set_a"),)), Menus((menu("set_b", "lunch"), menu("set_a")))),
    PROFILES_KIND: (
        ProfileSettings((ProfileSetting("*", "tap.debounce_ms", 2_000),)),
        ProfileSettings((ProfileSetting("canteen-till", "till.session_min", 60),)),
    ),
    STAFF_KIND: (StaffRoster((member("s1"),)), StaffRoster((member("s1", Role.LEAD), member("s2", until_ms=9)))),
    TECHNICIANS_KIND: (
        TechnicianRoster((technician("t1", 1),)),
        TechnicianRoster((technician("t1", 1, 5, 9), technician("t2", 2))),
    ),
    DRIVERS_KIND: (
        DriverRoster((Driver("1042", bytes(16)),)),
        DriverRoster((Driver("1042", bytes(16), 5, 9), Driver("7", bytes(range(16))))),
    ),
    VOICE_KIND: (
        Voice((VoiceClip(("accepted",), "zh", wav()),)),
        Voice((VoiceClip(("accepted", "low_balance"), "zh", wav()), VoiceClip(("accepted",), "en", wav(200)))),
    ),
    SEALING_KEY_KIND: (SealingKey(2, b"\2" * 32), SealingKey(3, b"\3" * 32)),
    STOPS_KIND: (
        StopTable((Stop("四方", 36_098_000, 120_357_000),)),
        StopTable((Stop("四方", 36_098_000, 120_357_000, "K5", "up", 60), Stop("市政府", 36_066_000, -120_382_000))),
    ),
}
