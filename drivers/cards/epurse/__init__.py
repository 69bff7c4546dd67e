"""The T-Union purse (JT/T 978, PBOC e-purse): four conversations and the values they take.

``snapshot`` reads, ``prepare`` goes up to MAC1, ``debit`` moves the money, ``evidence`` settles a torn debit.
"""

from drivers.cards.epurse.application import Application
from drivers.cards.epurse.proving import evidence
from drivers.cards.epurse.purchase import debit, prepare
from drivers.cards.epurse.reading import AID_PURSE, PurseSettings, snapshot
from drivers.cards.epurse.rules import IssuerRules, IssuerTable

__all__ = [
    "AID_PURSE",
    "Application",
    "IssuerRules",
    "IssuerTable",
    "PurseSettings",
    "debit",
    "evidence",
    "prepare",
    "snapshot",
]
