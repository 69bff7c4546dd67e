// One tap: what happened, why it was decided so, what proves it, and what it came to.
import { columns, el, labelled, link, mark, number, row, table, when } from "/elements.js";
import { either, word, yuan } from "/words.js";

function short(hash) {
  return hash ? el("code", { title: hash }, hash.slice(0, 16)) : "—";
}

function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.map(([key, value]) => el("div", {}, el("dt", {}, word(`taps.${key}`)), el("dd", {}, value))));
}

function drawnFacts(tap) {
  return facts([
    ["tap", el("code", {}, tap.tap || "—")],
    ["terminal", link(tap.terminal, "terminal", { name: tap.terminal })],
    ["entry", tap.name],
    ["family", tap.family ? either(tap.family) : "—"],
    ["token", tap.token ? el("code", {}, tap.token) : "—"],
  ]);
}

function says({ says: told }) {
  if (!told) return "—";
  if (told.text) return told.text;
  return told.payer_fen === undefined ? word("taps.balance", { yuan: yuan(told.balance_fen) }) : word("taps.pays", { yuan: yuan(told.payer_fen) });
}

function drawnEntries(tap) {
  const aside = (each) => (each.code ? link(word("taps.set_aside"), "quarantine", { entry: each.name }) : "—");
  const rows = tap.entries.map((each) => row(el("th", { scope: "row" }, each.name), when(each.time_ms ?? 0), each.kind ? either(each.kind) : word("taps.unreadable"), says(each), aside(each)));
  return table(word("taps.happened"), columns("taps", "entry", "time", "kind", "says", "aside"), rows);
}

function chargeRows({ charge }) {
  const { list_fen: list, surcharge_fen: surcharge, payer_fen: payer, shares } = charge;
  const pairs = [["list_price", list], ["surcharge", surcharge], ["payer", payer]].filter(([, fen], place) => place !== 1 || fen);
  return [...pairs.map(([key, fen]) => row(word(`taps.${key}`), number(yuan(fen)))), ...shares.map((share) => row(`${word("taps.funder")} ${share.funder} (${share.rule})`, number(yuan(share.fen))))];
}

function drawnDecision({ decision }) {
  const lines = decision.lines.map((line) => row(mark(line.applied ? "good" : "bad", word(line.applied ? "taps.yes" : "taps.no")), either(line.rule), line.reason ? either(line.reason) : "—", number(line.fen ? yuan(line.fen) : "—")));
  const why = lines.length ? table(word("taps.why"), columns("taps", "holds", "rule", "reason", "#changed"), lines) : el("p", { class: "panel" }, word("taps.no_lines"));
  const charge = decision.charge ? table(word("taps.charge"), columns("taps", "part", "#yuan"), chargeRows(decision)) : "";
  const { mode, operator, city, ...more } = decision.place;
  const place = [word("taps.at", { edition: decision.edition, mode, operator, city }), ...Object.entries(more).map(([key, value]) => `${word(`place.${key}`, {}, key)} ${value}`)].join(" · ");
  return [el("p", { class: "hint" }, place), el("div", { class: "beside" }, why, charge)];
}

function drawnCompared(tap) {
  const rows = tap.compared.map((part) => row(mark(part.agrees ? "good" : "bad", word(part.agrees ? "taps.agrees" : "taps.differs")), either(part.words), part.figures));
  return rows.length ? [el("h3", {}, word("taps.compared")), table(word("taps.compared"), columns("taps", "holds", "check", "figures"), rows)] : [];
}

function drawnEvidence(tap) {
  const rows = tap.entries.map(({ name, seq, evidence: held }) => row(
    el("th", { scope: "row" }, name),
    held.flaw ? mark("bad", `${word(`flaw.${held.flaw}`, {}, word("flaw.other"))} (${held.flaw})`) : mark("good", word("taps.proven")),
    when(held.received_ms),
    short(held.batch_sha256),
    held.last_seq ? word("taps.span", { place: seq - held.first_seq + 1, count: held.last_seq - held.first_seq + 1, first: held.first_seq, last: held.last_seq }) : "—",
    short(held.chain_sha256),
    short(held.entry_sha256),
  ));
  return table(word("taps.evidence"), columns("taps", "entry", "proof", "received", "batch", "place", "chain", "hash"), rows);
}

function why(line) {
  if (!line.reason) return word("taps.said_so");
  return el("span", { title: line.reference }, `${word(`why.${line.reason}`, {}, line.reason)}: ${line.reference}`);
}

function drawnMoney(tap) {
  if (!tap.lines.length) return [el("p", { class: "panel" }, word("taps.no_money"))];
  const account = (one) => word(`account.${one.account}`, {}, one.account);
  const party = (one) => word(`party.${one.party}`, {}, one.party) || "—";
  const lines = tap.lines.filter((line) => line.account).map((line) => row(el("td", { class: "t" }, line.about), number(line.day), line.file_day ? String(line.file_day) : word("taps.no_file"), why(line), account(line), party(line), number(yuan(line.fen))));
  const totals = tap.totals.map((one) => row(account(one), party(one), number(yuan(one.fen))));
  return [
    table(word("taps.lines"), columns("taps", "entry", "#day", "file", "cause", "account", "party", "#yuan"), lines),
    el("h3", {}, word("taps.totals")),
    totals.length ? el("div", { class: "beside" }, table(word("taps.totals"), columns("taps", "account", "party", "#yuan"), totals)) : el("p", { class: "panel" }, word("taps.even")),
    el("p", { class: "hint" }, word("taps.signs")),
  ];
}

function drawnTap(tap) {
  const decisions = tap.entries.filter((each) => each.decision).flatMap(drawnDecision);
  return [
    el("div", { class: "panel" }, drawnFacts(tap)),
    el("h3", {}, word("taps.happened")),
    drawnEntries(tap),
    ...(decisions.length ? [el("h3", {}, word("taps.why")), ...decisions] : []),
    ...drawnCompared(tap),
    el("h3", {}, word("taps.evidence")),
    drawnEvidence(tap),
    el("h3", {}, word("taps.money")),
    ...drawnMoney(tap),
  ];
}

export async function draw(main, page) {
  const asked = page.query.get("asked") ?? "";
  const field = el("input", { id: "asked_tap", type: "search", value: asked, maxlength: "96", size: "36", autocapitalize: "none", spellcheck: "false", "aria-describedby": "asked_hint" });
  const form = el("form", { class: "row" }, labelled(word("taps.look_up"), field), el("button", { class: "main" }, word("taps.find")), el("p", { class: "hint", id: "asked_hint" }, word("taps.hint")));
  form.addEventListener("submit", (event) => { event.preventDefault(); page.go("taps", { asked: field.value.trim() }); });
  main.append(el("h2", {}, word("nav.taps")), form);
  if (!asked) return;
  await page.attempt(async () => {
    const { candidates, tap } = await page.ask(`/api/taps?${new URLSearchParams({ asked })}`);
    if (tap) main.append(...drawnTap(tap));
    else if (candidates.length) main.append(el("p", { class: "panel" }, word("taps.several")), el("ul", { id: "candidates" }, candidates.map((name) => el("li", {}, link(name, "taps", { asked: name })))));
    else main.append(el("p", { class: "panel" }, word("taps.nothing")));
  });
}
