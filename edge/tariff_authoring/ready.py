"""What has to hold before bundles are published: none of them breaks a rule, and one of them is in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.domain.errors import PolicyError
from edge.domain.tariff.bundle import build_bundle
from edge.domain.tariff.versions import in_force
from edge.tariff_authoring.lint import Finding, lint
from edge.tariff_authoring.toml_files import Authored


def check_ready(bundles: Sequence[Authored], now_ms: int, tell: Callable[[Finding], object]) -> None:
    """Tell every finding of the lint, warnings too.

    Raises ``TARIFF_INVALID`` after errors, and ``POLICY_MISSING`` where no version would be in force at ``now_ms``: an
    edition's tariff replaces the one before, and terminals would stop.
    """
    findings = lint(bundles)
    for finding in findings:
        tell(finding)
    errors = sum(not finding.warning for finding in findings)
    if errors:
        raise PolicyError("TARIFF_INVALID", f"nothing is published: {errors} errors, see the findings above")
    try:
        in_force([build_bundle(bundle.plain) for bundle in bundles], now_ms)
    except PolicyError as error:
        if error.code != "POLICY_MISSING":
            raise
        ids = ", ".join(bundle.id for bundle in bundles)
        told = f"none of {ids} is in force now: publish the version in force together with the coming one"
        raise PolicyError("POLICY_MISSING", told) from None
