// What was set aside: what waits, why, what it holds in suspense, and the one end that each comes to.
import { button, columns, el, labelled, link, mark, number, row, sure, table, when } from "/elements.js";
import { either, moment, word, yuan } from "/words.js";

const BARS = { "": "good", rules: "warn", tap_aside: "warn", taken: "bad", untorn: "warn", no_charge: "bad", unreadable: "bad" };
const WAYS = { accepted: "main", vouched: "danger", written_off: "danger" };

function code(text) {
  return el("span", { title: text }, word(`aside_code.${text}`, {}, text));
}

function read(each) {
  return each.kind ? either(each.kind_words) : word("quarantine.unreadable");
}

function waitingRow(each) {
  return row(el("th", { scope: "row" }, link(each.entry, "quarantine", { entry: each.entry })), when(each.received_ms), code(each.code), read(each), when(each.time_ms), number(each.suspense_fen ? yuan(each.suspense_fen) : "—"));
}

function endedRow(each) {
  return row(el("th", { scope: "row" }, link(each.entry, "quarantine", { entry: each.entry })), when(each.ended_ms), word(`how.${each.how}`), each.who, each.reason, number(each.suspense_fen ? yuan(each.suspense_fen) : "—"));
}

async function drawWaiting(main, page) {
  const told = await page.ask(`/api/quarantine?${new URLSearchParams({ after: page.query.get("after") ?? "" })}`);
  main.append(el("p", { class: "panel" }, word("quarantine.waiting", { count: told.count, yuan: yuan(told.suspense_fen) })));
  const rows = told.aside.map(waitingRow);
  main.append(rows.length ? table(word("quarantine.list"), columns("quarantine", "entry", "came", "why", "kind", "time", "#suspense"), rows) : el("p", { class: "panel" }, word("quarantine.nothing")));
  if (told.more) main.append(el("p", { class: "row" }, link(word("frame.more"), "quarantine", { after: told.more })));
}

async function drawEnded(main, page) {
  const told = await page.ask(`/api/quarantine/ended?${new URLSearchParams({ before: page.query.get("before") ?? "" })}`);
  const rows = told.aside.map(endedRow);
  main.append(rows.length ? table(word("quarantine.ended"), columns("quarantine", "entry", "ended_at", "how", "who", "reason", "#suspense"), rows) : el("p", { class: "panel" }, word("frame.none")));
  if (told.more) main.append(el("p", { class: "row" }, link(word("frame.more"), "quarantine", { list: "ended", before: told.more })));
}

function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.map(([key, value]) => el("div", {}, el("dt", {}, word(`quarantine.${key}`)), el("dd", {}, value))));
}

function drawnFacts(each) {
  return facts([
    ["entry", each.entry],
    ["came", moment(each.received_ms)],
    ["why", el("span", {}, code(each.code), " ", el("code", {}, each.code))],
    ["kind", read(each)],
    ["time", moment(each.time_ms)],
    ["tap", each.tap ? el("code", {}, each.tap) : "—"],
    ["suspense", yuan(each.suspense_fen)],
  ]);
}

function drawnEnd(each) {
  return facts([["how", word(`how.${each.how}`)], ["who", each.who], ["ended_at", moment(each.ended_ms)], ["reason", each.reason]]);
}

function ending(each, page) {
  const reason = el("input", { id: "reason", maxlength: "200", size: "48", "aria-describedby": "reason_hint" });
  const act = (how) => page.attempt(async () => {
    const lines = [word(`means.${how}`), word("quarantine.once")];
    if (!(await sure(word(`sure.${how}`, { entry: each.entry }), lines, word(`do.${how}`)))) return;
    await page.ask("/api/quarantine/end", { entry: each.entry, how, reason: reason.value.trim() });
    await page.again();
    page.told(word(`done.${how}`, { entry: each.entry }));
  });
  const ways = each.ways.map((how) => button(word(`do.${how}`), () => act(how), { class: WAYS[how], id: how }));
  return [el("div", { class: "row" }, labelled(word("quarantine.reason"), reason), ways), el("p", { class: "hint", id: "reason_hint" }, word("quarantine.reason_hint"))];
}

async function drawOne(main, page, entry) {
  const { aside: each } = await page.ask(`/api/quarantine/entry?${new URLSearchParams({ entry })}`);
  main.append(el("div", { class: "panel" }, drawnFacts(each)), el("p", { class: "row" }, link(word("quarantine.evidence"), "taps", { asked: each.entry })));
  if (each.how) {
    main.append(el("h3", {}, word("quarantine.its_end")), el("div", { class: "panel" }, drawnEnd(each)));
    return;
  }
  main.append(el("h3", {}, word("quarantine.repair")), el("p", { class: "panel" }, mark(BARS[each.bar], word(`bar.${each.bar || "nothing"}`))));
  main.append(...(page.may("operator") ? ending(each, page) : [el("p", { class: "hint" }, word("quarantine.operators_only"))]));
}

export async function draw(main, page) {
  const [entry, list] = [page.query.get("entry"), page.query.get("list") ?? ""];
  main.append(el("h2", {}, word("nav.quarantine")));
  const places = [["", "quarantine.list"], ["ended", "quarantine.ended"]];
  main.append(el("p", { class: "row" }, places.map(([name, key]) => (!entry && name === list ? el("strong", {}, word(key)) : link(word(key), "quarantine", name ? { list: name } : {})))));
  if (entry) await drawOne(main, page, entry);
  else if (list === "ended") await drawEnded(main, page);
  else await drawWaiting(main, page);
}
