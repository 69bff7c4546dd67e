"""``onecard repair``: the installed program made as it was built. Journals, keys and lists are none of its business."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.cli.install_command import known_keys, note_act
from edge.cli.locate import add_location_options
from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, show
from edge.crypto.signing import coded_errors
from edge.domain.errors import ConfigError
from edge.installation.in_force import ROOT, InForce, folder_of, installed, put_in_force, read_in_force
from edge.installation.manifest import damages, is_whole, read_manifest
from edge.installation.stick import mend, open_release

HELP = "hold the installed program against its manifest and mend it; touches no journal"
FOLDERS: Final = "onecard.conf"
"""The rule of systemd-tmpfiles that gives the shared folders their owners and rights."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--from", type=Path, dest="stick", metavar="DIR", help="a stick with the release in force")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help=f"where versions lie (default {ROOT})")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Mend what can be mended; 1 where something is still wrong."""
    done = [*_relinked(arguments.root), *_mended(arguments), *_rights(arguments.root)]
    left = _left(arguments.root)
    if done:
        note_act(arguments, "repair", read_in_force(arguments.root).version)
    show(arguments, {"done": done, "left": left}, [*done, *left, "faults are left" if left else "whole"])
    return EXIT_FAULT if left else EXIT_FINE


def _relinked(root: Path) -> Iterator[str]:
    """Name a version that is whole where the line names none that could start."""
    try:
        in_force = read_in_force(root)
        if (folder_of(root, in_force.version) / "bin" / "onecard").exists():
            return
        rest = [in_force.before] if in_force.before else []
    except ConfigError:
        rest = []
    whole = [name for name in (*rest, *reversed(installed(root))) if is_whole(folder_of(root, name))]
    if whole:
        put_in_force(root, InForce(whole[0]))
        yield f"{whole[0]} is in force: the line named no version that is here"


def _mended(arguments: argparse.Namespace) -> Iterator[str]:
    """Restore modes, and contents and links where there is a stick with this very release."""
    root = arguments.root
    version = read_in_force(root).version
    folder = folder_of(root, version)
    found = list(damages(folder, read_manifest(folder)))
    for damage in found:
        if not damage.content:
            with coded_errors(folder / damage.item.path):
                (folder / damage.item.path).chmod(damage.item.mode)
            yield f"{damage}: restored"
    altered = [damage for damage in found if damage.content]
    if altered and arguments.stick is not None:
        release = open_release(arguments.stick, known_keys(arguments), version)
        if release.manifest != read_manifest(folder):
            raise ConfigError("RELEASE_UNFIT", f"the stick holds another build of {version}")
        mend(release, folder, altered)
        yield from (f"{damage}: written anew" for damage in altered)


def _rights(root: Path) -> Iterator[str]:
    """Let systemd-tmpfiles give the folders their owners and rights, on the device itself."""
    tool = Path("/usr/bin/systemd-tmpfiles")
    if root != ROOT or not tool.exists():
        return
    code = subprocess.run([str(tool), "--create", FOLDERS], check=False).returncode  # noqa: S603 - a fixed command
    yield "owners and rights of the folders: restored" if code == 0 else f"systemd-tmpfiles ended with {code}"


def _left(root: Path) -> list[str]:
    """Return what is still wrong, and the cure."""
    version = read_in_force(root).version
    folder = folder_of(root, version)
    left = [str(damage) for damage in damages(folder, read_manifest(folder))]
    cure = f"give a stick with {version} by --from, reinstall the package, or `onecard install rollback`"
    return [*left, cure] if left else []
