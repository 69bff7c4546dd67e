"""Offline data authentication of bank cards (EMV book 2, PBOC 3.0 with SM2, QuickPass fDDA): pure verification.

:func:`~drivers.oda.session.observe` turns commands and answers, live or recorded, into ``Observed`` applications;
:func:`~drivers.oda.verify.verify` says of one whether its chain and signatures hold, or the one reason why not.
"""
