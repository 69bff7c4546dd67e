"""QuickPass bank cards (PBOC contactless, kernel 7) without a network: offline data authentication, deferred clearing.

``snapshot`` identifies and authenticates, ``authenticate`` asks the same card again for the exact amount.
"""

from drivers.cards.bankcard.application import Application
from drivers.cards.bankcard.reading import authenticate, snapshot
from drivers.cards.bankcard.settings import BankCardSettings

__all__ = ["Application", "BankCardSettings", "authenticate", "snapshot"]
