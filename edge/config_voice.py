"""The settings of the loudspeaker; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from typing import Annotated

from edge.config_values import OneOf, Shape
from edge.domain.frozen import frozen


@frozen
class VoiceSection:
    """The loudspeaker and what sounds there; an empty ``device``: the terminal is silent.

    ``player`` is ``aplay`` of alsa-utils, or a program that takes its options.
    """

    device: Annotated[str, Shape(r"[A-Za-z0-9_:=,.-]{0,64}", "an ALSA device, or empty")] = ""
    player: Annotated[str, Shape(r"[^\s\0]{1,200}", "a program, by name or by path")] = "aplay"
    language: Annotated[str, OneOf(("zh", "en"))] = "zh"
    tones: bool = True
