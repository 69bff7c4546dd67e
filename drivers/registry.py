"""Readers, scanners and card applications by name: adding one is adding a file to its package.

A module in :mod:`drivers.readers` or :mod:`drivers.scanners` exports ``MODELS``, one in :mod:`drivers.scanners.codes`
``MODEL``. Two of one name are refused where all are listed. A reader is looked for in the package of its name first,
and what lies behind it is not loaded. A package in :mod:`drivers.cards` goes by the ``name`` of its class
``Application``, which has the type of its settings: one that is not asked for is not loaded.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import drivers.cards
import drivers.readers
import drivers.scanners
import drivers.scanners.codes
from drivers.card_application import CardApplication
from drivers.contactless import ContactlessModel
from drivers.sam_slots import SamModel
from edge.domain.errors import ConfigError

if TYPE_CHECKING:
    from drivers.code_scheme import CodeSchemeModel  # a terminal without a scanner loads neither
    from drivers.scanning import ScannerModel

T = TypeVar("T")


def contactless_model(name: str) -> ContactlessModel:
    """Return the contactless reader of this name; raises ``CONFIG_VALUE`` naming the nearest known one."""
    return _first(_models(ContactlessModel, name), name, "reader protocol")


def sam_model(name: str) -> SamModel:
    """Return the SAM reader of this name; raises ``CONFIG_VALUE`` naming the nearest known one."""
    return _first(_models(SamModel, name), name, "SAM reader protocol")


def contactless_models() -> Mapping[str, ContactlessModel]:
    """Return every contactless reader by name."""
    return by_name(_models(ContactlessModel), "reader protocol")


def sam_models() -> Mapping[str, SamModel]:
    """Return every SAM reader by name."""
    return by_name(_models(SamModel), "SAM reader protocol")


def scanner_models() -> Mapping[str, ScannerModel]:
    """Return every scanner protocol by name."""
    exported = _exports(drivers.scanners, "MODELS")
    return by_name(((model.name, model) for models in exported for model in models), "scanner protocol")


def scanner_model(name: str) -> ScannerModel:
    """Return the scanner protocol of this name; raises ``CONFIG_VALUE`` naming the nearest known one."""
    return _pick(scanner_models(), name, "scanner protocol")


def code_schemes() -> Mapping[str, CodeSchemeModel]:
    """Return every scheme of codes by name."""
    return by_name(((model.name, model) for model in _exports(drivers.scanners.codes, "MODEL")), "scheme of codes")


def code_scheme(name: str) -> CodeSchemeModel:
    """Return the scheme of codes of this name; raises ``CONFIG_VALUE`` naming the nearest known one."""
    return _pick(code_schemes(), name, "scheme of codes")


def card_applications(names: Sequence[str], settings: Sequence[object]) -> tuple[CardApplication, ...]:
    """Return the card applications of these names, in this order, each with the settings of its type.

    Raises ``CONFIG_VALUE`` for an unknown name, or one whose settings are not among ``settings``.
    """
    known = {found.name: found.name for found in pkgutil.iter_modules(drivers.cards.__path__)}
    packages = [_pick(known, name, "card application") for name in names]
    loaded = [importlib.import_module(f"{drivers.cards.__name__}.{package}") for package in packages]
    return tuple(_set_up(each.Application, settings) for each in loaded)


def _set_up(application: Any, settings: Sequence[object]) -> CardApplication:  # noqa: ANN401 - found by name at run time
    own = next((each for each in settings if isinstance(each, application.settings_type)), None)
    if own is None:
        raise ConfigError("CONFIG_VALUE", f"the card application `{application.name}` is listed and not set up")
    built: CardApplication = application(own)
    return built


def by_name(pairs: Iterable[tuple[str, T]], kind: str) -> Mapping[str, T]:
    """Return what was found by name; raises ``CONFIG_VALUE`` for a duplicate."""
    found: dict[str, T] = {}
    for name, thing in pairs:
        if name in found:
            raise ConfigError("CONFIG_VALUE", f"two files define the {kind} `{name}`")
        found[name] = thing
    return found


M = TypeVar("M", ContactlessModel, SamModel)


def _models(kind: type[M], likely: str = "") -> Iterator[tuple[str, M]]:
    for models in _exports(drivers.readers, "MODELS", likely):
        yield from ((model.name, model) for model in models if isinstance(model, kind))


def _exports(package: ModuleType, attribute: str, likely: str = "") -> Iterator[Any]:
    """Yield what the modules export, that of the ``likely`` name first; each is loaded when it is come to."""
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    for name in sorted(names, key=lambda each: each != likely):
        loaded = importlib.import_module(f"{package.__name__}.{name}")
        if hasattr(loaded, attribute):
            yield getattr(loaded, attribute)


def _first(pairs: Iterable[tuple[str, T]], name: str, kind: str) -> T:
    """Return the first of this name and look no further."""
    passed: dict[str, T] = {}
    for known, thing in pairs:
        if known == name:
            return thing
        passed[known] = thing
    return _pick(passed, name, kind)


def _pick(found: Mapping[str, T], name: str, kind: str) -> T:
    if name in found:
        return found[name]
    import difflib  # noqa: PLC0415 - loaded for a wrong name alone

    nearest = difflib.get_close_matches(name, found, 1, 0.0)
    raise ConfigError("CONFIG_VALUE", f"no {kind} `{name}`; nearest known: `{''.join(nearest)}`")
