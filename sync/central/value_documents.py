"""Values as people write them -> what is published: one line per kind; ``sync/central/DOCUMENTS.md`` shows each.

A document says its ``kind``, or is known by a key that no other kind has: so a file of a terminal can be published as
it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edge.code_key_file import keys_in
from edge.domain.code_keys import CodeKeys
from edge.domain.errors import ConfigError
from sync.central.artifacts import Publication
from sync.central.ca_key_document import ca_keys
from sync.value_forms import CA_KEYS_KIND, CODE_KEYS_KIND, Counted, encode_value


@dataclass(frozen=True, slots=True)
class Document:
    """How a kind is written: the keys that no other kind has, and what reads it.

    ``read`` raises ConfigError, and ValueError for what lies out of bounds.
    """

    marks: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Counted]


def code_keys(tree: Mapping[str, Any]) -> CodeKeys:
    """Return the keys of issuers of codes, written as in a terminal's own file of them."""
    return CodeKeys(keys_in({name: part for name, part in tree.items() if name != "kind"}))


VALUE_DOCUMENTS: Final[Mapping[str, Document]] = {
    CODE_KEYS_KIND: Document(("key",), code_keys),
    CA_KEYS_KIND: Document(("rsa", "sm2"), ca_keys),
}


def kind_of(tree: Mapping[str, Any]) -> object:
    """Return the kind that a document says, or by whose mark it is known; None where nothing says it."""
    if "kind" in tree:
        return tree["kind"]
    return next((kind for kind, known in VALUE_DOCUMENTS.items() if not {*known.marks}.isdisjoint(tree)), None)


def value_publication(kind: str, tree: Mapping[str, Any]) -> Publication:
    """Return the publication of a document of a kind; raises ConfigError."""
    try:
        return published_value(kind, VALUE_DOCUMENTS[kind].read(tree))
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"{kind}: {error}") from error


def published_value(kind: str, value: Counted) -> Publication:
    """Return the publication of a value: there is one of each kind, so it bears the kind's name."""
    return Publication(kind, kind, encode_value(value))
