"""The fleet pages: what operators of the centre see and do in a browser, beside their commands.

To add a page ``taps``:

1. ``pages/taps.js`` exports ``async draw(main, page)``: it fills ``main`` with what ``/elements.js`` makes. ``page``
   has ``query`` (URLSearchParams of ``#taps?...``), ``may(role)``, ``ask(path, members)`` (GET without members, else
   POST; a refusal is thrown and shown by the frame), ``every(ms, work)`` (asks again while it is shown; ``redraw``),
   ``attempt(work)`` (for buttons), ``go(name, query)`` and ``told(text)``. It is drawn anew when the language changes.
2. ``pages/taps.toml`` has its words, zh and en: ``[nav] taps``, and a table of its own, ``[taps]``.
3. One row in :data:`sync.central.fleet.menu.FLEET_PAGES`.
4. Its routes in a module of its own, ``TAP_ROUTES``, and one row ``*TAP_ROUTES`` in
   :data:`sync.central.fleet.routes.FLEET_ROUTES`. What is no GET acts inside ``async with call.acting(word, subject)``,
   so that it is written down who did it; the guard has looked at session, role and token before.

Nothing is inline (the content security policy forbids it), and nothing is stored in the browser.
"""
