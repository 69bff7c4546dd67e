"""What terminal and centre hand each other, as values: slice heads, acks, grants, artifact headers."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

GRANT_PURPOSE: Final = "onecard-epoch-grant-1"
HEAD_PURPOSE: Final = "onecard-slice-head-1"
ACK_PURPOSE: Final = "onecard-ack-1"
ARTIFACT_PURPOSE: Final = "onecard-artifact-1"
LIST_PURPOSE: Final = "onecard-list-1"
TIME_PURPOSE: Final = "onecard-time-1"
SUCCESSION_PURPOSE: Final = "onecard-succession-1"
"""The first element of every signed statement, so that a signature made for one purpose never serves another."""
EDITION: Final = "edition"
"""Kind and name of the artifact that lists all others."""


@frozen
class Grant:
    """An epoch of one terminal's journal, given by the centre and signed by it; used once.

    ``previous_head`` is the chain head the centre holds for the epoch before (empty: none). ``spare`` marks the grant
    kept for a salvage without a network; ``terminal_key`` is the Ed25519 public key the grant is for.
    """

    terminal: str
    epoch: int
    previous_head: bytes
    terminal_key: bytes
    issued_ms: int
    spare: bool


@frozen
class SliceHead:
    """The statement a terminal signs for every slice of entries it hands out.

    ``head_hash`` is the chain hash at ``last_seq``: with the chain it commits to every entry up to there.
    """

    terminal: str
    epoch: int
    last_seq: int
    head_hash: bytes


@frozen
class BatchSpan:
    """What a batch carries, by reference: its hash names the batch, and a terminal recomputes it from its own rows.

    ``previous_hash`` is the chain hash before ``first_seq`` (for seq 1 the hash of the grant), ``head_hash`` the one
    at ``last_seq``.
    """

    terminal: str
    epoch: int
    first_seq: int
    last_seq: int
    previous_hash: bytes
    head_hash: bytes


@frozen
class RejectedEntry:
    """An entry the centre set aside, with its stable code; it counts as acknowledged."""

    seq: int
    code: str


@frozen
class Ack:
    """The centre's signed answer to one batch, given after its commit.

    ``first_seq`` and ``last_seq`` let a restarted terminal recompute the batch hash from its own rows. ``acked_seq``
    permits pruning and never falls; ``expected_seq`` is what the centre wants next (lower after a restored backup,
    and then ``centre_epoch`` has risen). ``offers`` are pairs of artifact name and newest version.

    Where the batch is not a continuation of what the centre holds, ``rejected`` names its first entry under one of
    ``FENCES``: nothing is acknowledged, and the terminal sells no more into this journal.
    """

    terminal: str
    epoch: int
    first_seq: int
    last_seq: int
    batch_hash: bytes
    centre_epoch: int
    acked_seq: int
    expected_seq: int
    rejected: tuple[RejectedEntry, ...]
    server_time_ms: int
    offers: tuple[tuple[str, int], ...]


FENCES: Final = frozenset({"CHAIN_FORK", "EPOCH_FENCED", "TERMINAL_REVOKED"})
"""The codes under which a centre sets the rest of a journal aside, for good: a terminal goes on with a new epoch."""


def fence_of(ack: Ack) -> str:
    """Return the code by which a signed answer refuses the journal of its batch, empty where it does not."""
    return min(FENCES.intersection(rejected.code for rejected in ack.rejected), default="")


@frozen
class SignedTime:
    """The centre's time, signed for whoever made up ``nonce`` just before: no answer of yesterday names it.

    ``edition`` is the number of the newest edition (0: none is published). A terminal that has nothing to say hears of
    both by it; all others by their acks.
    """

    nonce: bytes
    server_time_ms: int
    edition: int


NONCE_BYTES: Final = 16


@frozen
class ArtifactHeader:
    """Header of everything that comes down: signed by the centre, over the hash of the body.

    ``floor`` is the lowest version still allowed once this one was seen; times in ms UTC, 0 = open. ``token_keys`` are
    the versions of the token key under which a list finds media (empty: it finds none, or all by the first version).
    """

    kind: str
    name: str
    version: int
    floor: int
    not_before_ms: int
    expires_ms: int
    sha256: bytes
    token_keys: tuple[int, ...] = ()


@frozen
class SegmentRef:
    """One artifact of an edition: kind, name, version and the SHA-256 of its whole file."""

    kind: str
    name: str
    version: int
    sha256: bytes


@frozen
class Edition:
    """Body of the artifact of kind ``edition``, whose version is the edition's number: what is in force together."""

    segments: tuple[SegmentRef, ...]


@frozen
class Part:
    """One immutable file of a list, mapped by the terminal as it is: its role in the list, SHA-256 and size.

    Where ``packed_sha256`` is not empty the file travels in a packed form of that hash and is unpacked by the sync
    process; signed is what either hash says.
    """

    role: str
    sha256: bytes
    size_bytes: int
    packed_sha256: bytes = b""
    packed_bytes: int = 0

    @property
    def wire_sha256(self) -> bytes:
        """Return the hash under which the file travels."""
        return self.packed_sha256 or self.sha256

    @property
    def wire_bytes(self) -> int:
        """Return the size of what travels."""
        return self.packed_bytes if self.packed_sha256 else self.size_bytes


@frozen
class ListManifest:
    """Body of an artifact whose content lies in files beside it: ``form`` is the version of their layout.

    ``snapshot`` names what a delta among the parts applies to (the SHA-256 of one of the other parts; empty:
    there is no delta). ``entries`` are those in force, the delta counted in.
    """

    form: int
    snapshot: bytes
    entries: int
    parts: tuple[Part, ...]


@frozen
class EnrolmentKit:
    """What the centre answers to an enrolment; keys are secret, the kit travels over a trusted way only.

    ``grant`` and ``spare`` are signed files (``[grant, signature]``), ``centre_key`` the Ed25519 key to pin,
    ``token_key`` 32 secret bytes, ``clearing_key`` an X25519 public key. ``certificate`` is the transport's chain in
    PEM, for the key that the device made (empty: the centre issues none). ``succession`` is how the centre came to its
    present key (empty: it is the first).
    """

    grant: bytes
    spare: bytes
    centre_key: bytes
    token_key_version: int
    token_key: bytes
    clearing_key_version: int
    clearing_key: bytes
    certificate: bytes = b""
    succession: bytes = b""


@frozen
class KeyAnnouncement:
    """The centre's signing key number ``number`` (from 2 on) takes the place of the one before it; both sign this.

    The centre signs by the new key from ``not_before_ms`` on. Terminals believe both until the signed time
    ``until_ms``, from then on the new one alone.
    """

    number: int
    old_key: bytes
    new_key: bytes
    not_before_ms: int
    until_ms: int
