"""``onecard install``: releases from a stick, side by side, the new one on trial."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from edge.cli.locate import CONFIG_FILE, add_location_options
from edge.cli.main import EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.clock import SystemClock
from edge.config import Paths, load_config
from edge.crypto.signing import load_signing_key
from edge.domain.errors import ConfigError
from edge.installation.in_force import ROOT, InForce, folder_of, installed, put_in_force, read_in_force
from edge.installation.manifest import FILE as MANIFEST
from edge.installation.manifest import encode_manifest, is_whole, manifest_of, this_python
from edge.installation.stick import Release, lay_out, open_release, pack_release
from edge.installation.taking_over import Device, go_back, take_over
from edge.store.left_acts import leave_act
from sync.enrolment_files import read_trust

HELP = "install a signed release from a stick, on trial beside the one in force"
RELEASE_KEY: Final = "release.pub"
"""Beside the configuration: a key that signs releases, besides that of the centre."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    said = "what to do (default: from)"
    parser.add_argument("verb", nargs="?", default="from", choices=[*VERBS], metavar="|".join(VERBS), help=said)
    which = "to switch to, to pack, or the one of several on the stick"
    parser.add_argument("version", nargs="?", default="", metavar="VERSION", help=which)
    parser.add_argument("--from", type=Path, dest="stick", metavar="DIR", help="the stick with the release")
    parser.add_argument("--to", type=Path, dest="target", metavar="DIR", help="pack: the stick to write")
    parser.add_argument("--key", type=Path, metavar="FILE", help="pack: the secret key that signs, 32 bytes")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help=f"where versions lie (default {ROOT})")
    parser.add_argument("--final", action="store_true", help="without a trial: there is no way back")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do one verb, and show what is in force then."""
    VERBS[arguments.verb](arguments)
    return EXIT_FINE


def _install(arguments: argparse.Namespace) -> None:
    if arguments.stick is None:
        raise ConfigError("CONFIG_VALUE", "say --from DIR, or one of: " + ", ".join(VERBS))
    release = open_release(arguments.stick, known_keys(arguments), arguments.version)
    _check_fits(release, read_in_force(arguments.root))
    lay_out(release, arguments.root)
    taken = take_over(device_of(arguments), release.manifest.version, final=arguments.final)
    note_act(arguments, "install", taken.version)
    _tell(arguments, taken)


def _check_fits(release: Release, in_force: InForce) -> None:
    wanted, here = (release.manifest.python, release.manifest.machine), (this_python(), platform.machine())
    if wanted != here:
        raise ConfigError(
            "RELEASE_UNFIT", f"made for Python {wanted[0]} on {wanted[1]}; here is {here[0]} on {here[1]}"
        )
    if release.manifest.version in (in_force.version, in_force.before):
        raise ConfigError("RELEASE_UNFIT", f"{release.manifest.version} is here already: `onecard install status`")


def _switch(arguments: argparse.Namespace) -> None:
    taken = take_over(device_of(arguments), arguments.version, final=arguments.final)
    note_act(arguments, "install.switch", taken.version)
    _tell(arguments, taken)


def _roll_back(arguments: argparse.Namespace) -> None:
    back = go_back(device_of(arguments))
    note_act(arguments, "install.rollback", back.version)
    _tell(arguments, back)


def _commit(arguments: argparse.Namespace) -> None:
    committed = read_in_force(arguments.root).committed()
    put_in_force(arguments.root, committed)
    note_act(arguments, "install.commit", committed.version)
    _tell(arguments, committed)


def _status(arguments: argparse.Namespace) -> None:
    _tell(arguments, read_in_force(arguments.root))


def _manifest(arguments: argparse.Namespace) -> None:
    """Take down what belongs to a version that was just built."""
    folder = folder_of(arguments.root, arguments.version)
    made = manifest_of(folder, arguments.version)
    (folder / MANIFEST).write_bytes(encode_manifest(made))
    show(arguments, {"items": len(made.items)}, [f"{len(made.items)} items"])


def _pack(arguments: argparse.Namespace) -> None:
    if arguments.target is None or arguments.key is None:
        raise ConfigError("CONFIG_VALUE", "pack VERSION --key FILE --to DIR")
    folder = folder_of(arguments.root, arguments.version)
    signed = pack_release(folder, load_signing_key(arguments.key), arguments.target)
    show(arguments, {"release": str(signed)}, [str(signed)])


VERBS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "from": _install,
    "status": _status,
    "commit": _commit,
    "rollback": _roll_back,
    "switch": _switch,
    "manifest": _manifest,
    "pack": _pack,
}


def _tell(arguments: argparse.Namespace, in_force: InForce) -> None:
    whole = {name: is_whole(folder_of(arguments.root, name)) for name in installed(arguments.root)}
    rows = [(name, _place(in_force, name), "whole" if sound else "damaged") for name, sound in whole.items()]
    show(arguments, {**asdict(in_force), "versions": whole}, columns(rows) or ["no version lies here"])


def _place(in_force: InForce, name: str) -> str:
    if name == in_force.version:
        left = in_force.starts_left
        return "in force" if left is None else f"in force, on trial: {left} more starts to prove itself"
    return "before it" if name == in_force.before else "beside it"


def device_of(arguments: argparse.Namespace) -> Device:
    """Return the device, and how a version's own commands find its terminal."""
    if arguments.state is not None and arguments.config is None:
        return Device(arguments.root, ("--state", str(arguments.state)))
    return Device(arguments.root, ("--config", str(arguments.config or CONFIG_FILE)))


def known_keys(arguments: argparse.Namespace) -> list[bytes]:
    """Return the keys that may sign a release: those of the centre, and the release key beside the configuration.

    A configuration or an enrolment that cannot be read leaves the release key alone: a new version may mend a device.
    """
    config = arguments.config or CONFIG_FILE
    release_key = config.with_name(RELEASE_KEY)
    found = [release_key.read_bytes()] if release_key.exists() else []
    with suppress(ConfigError):  # as said above
        found += read_trust(_state_of(arguments)).in_force.keys
    return found


def note_act(arguments: argparse.Namespace, action: str, version: str) -> None:
    """Leave what was done to the program for the terminal's journal."""
    leave_act(_state_of(arguments), action, SystemClock().wall_ms(), {"version": version})


def _state_of(arguments: argparse.Namespace) -> Path:
    try:
        return Path(arguments.state or load_config(arguments.config or CONFIG_FILE).paths.state)
    except ConfigError:
        return Paths().state
