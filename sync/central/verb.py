"""What an operator's verb on a centre is; :mod:`sync.central.admin` says how one is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Arguments = Mapping[str, Any]
"""The members of a request, as plain JSON values."""
Verb = Callable[[Arguments], Awaitable[dict[str, object]]]
"""Does it, and returns the members of the answer; raises coded errors."""
