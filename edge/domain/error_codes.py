"""Every error code of the product: family, recovery and hint.

ARCHITECTURE.md lists the same codes; a test compares.

A row is ``code: (family, recovery, hint)``. Codes are never renamed or reused.
"""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, tuple[str, str, str]]] = {
    # reader: the serial line and what hangs on it
    "LINK_ABSENT": ("reader", "retry", "no such port: check the cable and the udev link named in the profile"),
    "LINK_DENIED": ("reader", "out_of_service", "no permission: the service user must be in the group of the port"),
    "LINK_BUSY": ("reader", "retry", "another program holds the port: find it with fuser, stop ModemManager"),
    "LINK_LOST": ("reader", "retry", "the port went away: check plug and power; it is reopened by itself"),
    "READER_SILENT": ("reader", "retry", "no answer: check power, baud rate and wiring (swap A/B or TX/RX)"),
    "READER_FRAME": ("reader", "retry", "damaged frames: check ground, cable length and baud rate"),
    "READER_REFUSED": ("reader", "retry", "the reader rejected a command: check model and firmware in the profile"),
    "READER_IDENTITY": ("reader", "out_of_service", "another model or firmware than the profile names was found"),
    "READER_HARDWARE": ("reader", "out_of_service", "the reader reports heat or over-current: replace it"),
    "READER_FAULT": ("reader", "out_of_service", "every rung of the recovery ladder failed: power-cycle or replace"),
    "VOICE_FAILED": ("reader", "retry", "no sound: check the loudspeaker, voice.device and alsa-utils; taps go on"),
    # card: one medium; the next tap is not affected
    "CARD_LEFT": ("card", "retap", "the card left the field too early: ask to present it again"),
    "CARD_MALFORMED": ("card", "retap", "the card answered bytes that its specification does not allow"),
    "CARD_STATUS": ("card", "retap", "the card refused a command: see the status word"),
    "CARD_SWAPPED": ("card", "retap", "another card answered in the middle of a tap"),
    # sam
    "SAM_ABSENT": ("sam", "out_of_service", "no card in the SAM slot: check slot number and seating"),
    "SAM_MUTE": ("sam", "retry", "the SAM does not answer: it is reset by itself; reseat it if this repeats"),
    "SAM_WRONG": ("sam", "out_of_service", "the SAM is not the one that the profile or the grant names"),
    "SAM_LOCKED": ("sam", "out_of_service", "the SAM locked itself after wrong MACs: replace it"),
    "SAM_STATUS": ("sam", "retap", "the SAM refused a command: see the status word"),
    # store
    "STORE_NEWER": ("store", "halt", "the database was written by a newer version: upgrade before starting"),
    "STORE_CORRUPT": ("store", "halt", "the file fails its check: keep it, run `onecard journal verify`, salvage"),
    "STORE_MODE": (
        "store",
        "halt",
        "the durability mode read back is not the one asked for: the file system refuses it",
    ),
    "STORE_LOCKED": ("store", "halt", "another process owns the journal: stop it first"),
    "STORE_IO": ("store", "restart", "a write failed and is in doubt: the journal is reopened and looked up"),
    "STORE_FULL": (
        "store",
        "degrade",
        "free space is below the floor: sales stop until space is made or entries are sent",
    ),
    "STORE_FOREIGN": (
        "store",
        "halt",
        "the file is of another terminal or epoch: compare state folder and epoch grant",
    ),
    "STORE_MISSING": ("store", "halt", "the file is not there: check the state folder in the configuration"),
    "STORE_UNREACHABLE": (
        "store",
        "retry",
        "the centre's database does not answer: check its address, the password file and the server",
    ),
    "STORE_DENIED": ("store", "halt", "no permission: run it as the service user, who owns the state folder"),
    "STORE_READ_ONLY": ("store", "halt", "the file system is read-only: see dmesg and the medium; mount it writable"),
    "STICK_FOREIGN": (
        "store",
        "degrade",
        "the courier stick is of another fleet: take one of this centre's, or an empty one",
    ),
    "STICK_DAMAGED": ("store", "retry", "a file on the courier stick is torn or altered: export onto it again"),
    "STICK_FULL": ("store", "retry", "no room on the courier stick: what was copied stays good; free some and go on"),
    "STICK_UNUSABLE": (
        "store",
        "retry",
        "the courier stick cannot be read or written: see that it is in, mounted and not write-protected",
    ),
    # policy
    "ARTIFACT_UNSIGNED": ("policy", "degrade", "the signature does not fit the pinned centre key: file refused"),
    "ARTIFACT_DAMAGED": ("policy", "degrade", "the file is truncated or altered: it is fetched again"),
    "ARTIFACT_ROLLED_BACK": ("policy", "degrade", "the version lies below the floor: file refused"),
    "ARTIFACT_EXPIRED": ("policy", "degrade", "the file is past its expiry: fetch a newer edition"),
    "ARTIFACT_FOREIGN": ("policy", "degrade", "the file is of another kind or for another fleet: file refused"),
    "ARTIFACT_UNFIT": (
        "policy",
        "degrade",
        "what it says breaks a rule of its kind: the previous one stays; publish anew",
    ),
    "EDITION_REFUSED": ("policy", "degrade", "this edition failed here before or was rolled back: publish a newer one"),
    "EDITION_ALONE": ("policy", "degrade", "no earlier edition is kept here: publish a newer one, and sync"),
    "DEBT_TWICE": ("policy", "degrade", "a medium owes in two lists: leave it out of the one, or it would pay twice"),
    "SUCCESSION_REFUSED": ("policy", "degrade", "no key trusted here announces it: see `onecard central keys show`"),
    "POLICY_MISSING": ("policy", "out_of_service", "no tariff or deny list is installed: sync with the centre"),
    "LISTS_STALE": (
        "policy",
        "out_of_service",
        "no list is known to be young enough: sync, or carry a courier stick there and back",
    ),
    "TARIFF_INVALID": ("policy", "degrade", "the tariff breaks a rule of the bundle reference: see file and key"),
    "LIMITS_INVALID": ("policy", "degrade", "the risk policy is absurd or out of order: see the key; publish it anew"),
    "FACTS_INVALID": ("policy", "retap", "a fact lies outside its range: no price is given"),
    # uplink
    "CENTRE_UNREACHABLE": ("uplink", "retry", "no connection: taps are kept and sent later"),
    "CENTRE_BUSY": ("uplink", "retry", "the centre asked to wait: taps are kept and sent later"),
    "ADDRESS_TAKEN": (
        "uplink",
        "retry",
        "another process listens there, or this machine has no such address or folder",
    ),
    "CENTRE_IMPOSTOR": ("uplink", "retry", "something else than the centre answered, a portal perhaps: not trusted"),
    "CENTRE_REFUSED": (
        "uplink",
        "quarantine",
        "the centre refused the batch for good: everything is kept; call the operator",
    ),
    "EPOCH_FENCED": (
        "uplink",
        "quarantine",
        "a newer epoch of this terminal exists: sales stop; keep everything, enrol anew",
    ),
    "CHAIN_FORK": (
        "uplink",
        "quarantine",
        "the centre holds other entries under the same numbers: sales stop; keep everything, enrol anew",
    ),
    "CERTIFICATE_REFUSED": (
        "uplink",
        "retry",
        "none, revoked, another terminal's or authority's: taps are kept; see whose it is, enrol anew",
    ),
    "CERTIFICATE_EXPIRED": (
        "uplink",
        "retry",
        "sync asks for a new one by itself; where it is long past, enrol anew; taps are kept",
    ),
    "TERMINAL_REVOKED": (
        "uplink",
        "quarantine",
        "the operator shut this terminal out: sales stop, all is kept; be let in again, then enrol anew",
    ),
    # protocol
    "WIRE_MALFORMED": ("protocol", "quarantine", "bytes are not of the stated format: kept and reported"),
    "WIRE_TOO_LARGE": ("protocol", "quarantine", "a message is above its limit: kept and reported"),
    "WIRE_VERSION": ("protocol", "quarantine", "the format version is not known here: upgrade"),
    "ENTRY_INVALID": (
        "protocol",
        "quarantine",
        "an entry breaks the rules of its kind: set aside with its money in suspense",
    ),
    "CHAIN_BROKEN": ("protocol", "quarantine", "an entry does not continue the hash chain: kept as evidence"),
    "SIGNATURE_WRONG": ("protocol", "quarantine", "a signature does not fit its key: not accepted"),
    "ACK_FOREIGN": ("protocol", "retry", "an ack names another batch, terminal or epoch: ignored"),
    "TERMINAL_UNKNOWN": ("protocol", "quarantine", "the centre does not know this terminal: enrol it"),
    "CONTROL_MALFORMED": ("protocol", "retry", "the terminal knows no such request: see `--help` of the command"),
    "TOKEN_MALFORMED": ("protocol", "retry", "give a token of 32 hexadecimal digits, or the digits of a card's number"),
    "CONTROL_REFUSED": ("protocol", "retry", "not now, or not by this socket's role: the message says which"),
    "CONTROL_ABSENT": ("protocol", "retry", "the terminal process does not answer: is it running?"),
    "CODE_REFUSED": ("protocol", "retry", "code or PIN is wrong: type both again; a relative types the diner's code"),
    "CODE_LOCKED": ("protocol", "retry", "too many wrong PINs: wait as long as it says; a card still pays"),
    # config
    "CONFIG_UNREADABLE": ("config", "halt", "the file cannot be read, or is no TOML or JSON: see line and column"),
    "CONFIG_KEY": ("config", "halt", "unknown or missing key: the nearest known key is named"),
    "CONFIG_VALUE": ("config", "halt", "a value is out of range or of the wrong type"),
    "PROFILE_UNKNOWN": ("config", "halt", "no such profile: `onecard profile list` names them"),
    "VERSION_ABSENT": ("config", "halt", "no such version of the program here: `onecard install status` names them"),
    "RELEASE_UNFIT": (
        "config",
        "halt",
        "the release is for another Python or machine, or damaged, or in force already",
    ),
    "UPGRADE_REFUSED": ("config", "degrade", "the version cannot take this device over: the one in force stays"),
    "KEY_UNUSABLE": ("config", "halt", "a key file is missing, damaged or readable by others: enrol anew or chmod 600"),
    "NOT_ENROLLED": ("config", "halt", "no epoch grant: run `onecard enrol`"),
    "PASS_REFUSED": ("config", "degrade", "have a technician on the roster sign one: `onecard technician pass`"),
    "WIPE_REFUSED": (
        "config",
        "degrade",
        "nothing was removed: send what waits, or export it with `--to` and the passes of two technicians",
    ),
    "ENROLMENT_REFUSED": ("config", "halt", "the token is unknown, used or expired: ask the centre for a new one"),
    "CONTINUITY_LOST": ("config", "degrade", "the PSAM does not continue this journal: connect for a new epoch grant"),
}
