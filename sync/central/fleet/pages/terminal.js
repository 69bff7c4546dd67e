// One terminal: how it stands, its journals, what happened to it, and the batches that came from it.
import { button, columns, el, link, mark, number, row, sure, table, when } from "/elements.js";
import { nameOf } from "/publications.js";
import { NOTHING_TOLD, offset, stateMark } from "/terminals.js";
import { moment, span, word } from "/words.js";

const EVENTS = { gap: "warn", conflict: "bad", aside: "warn", alarm: "bad", revoked: "bad", certificate_end: "warn", kept: "warn" };

function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.map(([key, value]) => el("div", {}, el("dt", {}, word(`terminal.${key}`)), el("dd", {}, value))));
}

function drawnFacts({ terminal, now_ms: nowMs }) {
  const report = terminal.report ?? NOTHING_TOLD;
  return facts([
    ["state", stateMark(terminal.state)],
    ["last_seen", `${moment(terminal.last_seen_ms)} · ${word("terminals.ago", { span: span(nowMs - terminal.last_seen_ms) })}`],
    ["enrolled", moment(terminal.enrolled_ms)],
    ["group", terminal.group || "—"],
    ["journal", terminal.epoch ? `${terminal.epoch} / ${terminal.acked_seq}` : "—"],
    ["backlog", report.told_ms ? String(report.backlog) : "—"],
    ["oldest", report.oldest_ms ? span(nowMs - report.oldest_ms) : "—"],
    ["clock", offset(report)],
    ["software", report.software || "—"],
    ["profile", report.profile || "—"],
    ["edition", report.edition ? String(report.edition) : "—"],
    ["stop", report.stop ? mark("bad", report.stop) : word("terminal.sells")],
    ["told", report.told_ms ? word("terminals.ago", { span: span(nowMs - report.told_ms) }) : word("terminal.never")],
  ]);
}

function listOf(text) {
  const [kind, name] = text.split(" ");
  return nameOf({ kind, name: name ?? kind });
}

// Ages are as old as the report that told them, and that much older now.
function drawnLists({ terminal, now_ms: nowMs }) {
  const { lists, told_ms: toldMs } = terminal.report ?? NOTHING_TOLD;
  const rows = Object.entries(lists).map(([name, [version, ageS]]) => row(listOf(name), number(version), number(ageS < 0 ? "—" : span(ageS * 1000 + nowMs - toldMs))));
  return rows.length ? table(word("terminal.lists"), columns("terminal", "list", "#version", "#age"), rows) : el("p", { class: "panel" }, word("frame.none"));
}

function drawnFaults({ terminal, hints }) {
  const rows = Object.entries((terminal.report ?? NOTHING_TOLD).faults).map(([code, count]) => row(el("code", {}, code), number(count), hints[code] ?? "—"));
  return rows.length ? table(word("terminal.faults"), columns("terminal", "code", "#count", "hint"), rows) : el("p", { class: "panel" }, word("terminal.no_faults"));
}

function drawnJournals(told) {
  const rows = told.journals.map((each) => row(number(each.epoch), when(each.issued_ms), number(each.acked_seq), word(each.seen ? "terminal.used" : each.spare ? "terminal.spare" : "terminal.unused")));
  return table(word("terminal.journals"), columns("terminal", "#epoch", "issued", "#acked", "use"), rows);
}

function wordsOf({ what, epoch, first, second, word: told }, name) {
  const places = { epoch, first, second, word: told, until: moment(second) };
  if (what === "alarm") return word(`alarm.${told}`, {}, told);
  if (what === "aside") return link(word("event.aside", places), "quarantine", { entry: `${name}/${epoch}/${first}` });
  return word(what === "moved" && !told ? "event.moved_out" : `event.${what}`, places);
}

function drawnEvents(told) {
  const rows = told.events.map((each) => row(when(each.moment_ms), mark(EVENTS[each.what] ?? "off", word(`what.${each.what}`)), wordsOf(each, told.terminal.terminal)));
  return rows.length ? table(word("terminal.events"), columns("terminal", "when", "what", "detail"), rows) : el("p", { class: "panel" }, word("frame.none"));
}

function drawnBatches(name, { batches, more }) {
  const rows = batches.map((each) => row(when(each.received_ms), number(each.epoch), number(each.first_seq), number(each.last_seq), el("code", { title: each.sha256 }, each.sha256.slice(0, 16))));
  const found = rows.length ? table(word("terminal.batches"), columns("terminal", "received", "#epoch", "#first", "#last", "hash"), rows) : el("p", { class: "panel" }, word("frame.none"));
  return [found, el("p", { class: "row" }, more ? link(word("terminal.older"), "terminal", { name, before: more }) : "")];
}

function ruling(name, state, page) {
  const shut = state === "revoked";
  const reason = el("input", { id: "reason", maxlength: "80" });
  const act = () => page.attempt(async () => {
    const title = word(shut ? "terminal.restore_sure" : "terminal.revoke_sure", { name });
    if (!(await sure(title, [word(shut ? "terminal.restore_means" : "terminal.revoke_means")]))) return;
    await page.ask(`/api/terminals/${name}/${shut ? "restore" : "revoke"}`, { reason: reason.value });
    await page.again();
    page.told(word(shut ? "terminal.restored" : "terminal.revoked", { name }));
  });
  const made = button(word(shut ? "terminal.restore" : "terminal.revoke"), act, { class: shut ? "main" : "danger" });
  return el("div", { class: "row" }, el("label", {}, el("span", {}, word("terminal.reason")), reason), made);
}

export async function draw(main, page) {
  const name = page.query.get("name") ?? "";
  const before = page.query.get("before") ?? "";
  const place = `/api/terminals/${encodeURIComponent(name)}`;
  const [told, batches] = await Promise.all([page.ask(place), page.ask(`${place}/batches?${new URLSearchParams({ before })}`)]);
  const standing = el("div", { class: "panel" }, drawnFacts(told));
  main.append(
    el("p", {}, link(`← ${word("nav.terminals")}`, "terminals")),
    el("h2", {}, name),
    standing,
    el("div", { class: "beside" }, el("section", {}, el("h3", {}, word("terminal.lists")), drawnLists(told)), el("section", {}, el("h3", {}, word("terminal.faults")), drawnFaults(told))),
    el("h3", {}, word("terminal.journals")),
    drawnJournals(told),
    el("h3", {}, word("terminal.events")),
    drawnEvents(told),
    el("h3", {}, word("terminal.batches")),
    ...drawnBatches(name, batches),
  );
  if (page.may("operator")) main.append(el("h3", {}, word("terminal.ruling")), ruling(name, told.terminal.state, page));
  page.every(10_000, async () => standing.replaceChildren(drawnFacts(await page.ask(place, undefined, { poll: true }))));
}
