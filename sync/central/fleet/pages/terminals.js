// All terminals: by state, group and part of a name, in the order that is asked for, fifty at a time.
import { button, choice, columns, el, labelled, link, mark, number, redraw, row, table } from "/elements.js";
import { moment, span, word } from "/words.js";

const STATES = { good: "good", aside: "warn", silent: "warn", new: "off", gap: "bad", stopped: "bad", forked: "bad", revoked: "off" };
const ORDERS = ["trouble", "name", "silent_longest", "heard_last", "backlog", "oldest", "clock"];
const COLUMNS = ["terminal", "state", "last_seen", "#backlog", "#oldest", "#clock", "#lists", "software", "#edition", "#gaps", "#forks", "#aside", "#faults", "group"];
const EVERY_MS = 10_000;
const LISTS_OLD_MS = 24 * 3_600_000;
export const NOTHING_TOLD = { told_ms: 0, clock_offset_ms: null, software: "", profile: "", stop: "", edition: 0, backlog: 0, oldest_ms: 0, lists: {}, faults: {} };

export function stateMark(state) {
  return mark(STATES[state] ?? "off", word(`state.${state}`));
}

// How far a terminal's clock is off, in seconds with its sign; a minute is too much for a tariff by the hour.
export function offset(report) {
  if (report.clock_offset_ms === null) return "—";
  const s = Math.round(report.clock_offset_ms / 1000);
  const text = `${s > 0 ? "+" : s < 0 ? "−" : ""}${Math.abs(s)} s`;
  return Math.abs(s) > 60 ? mark("warn", text) : text;
}

// How old the oldest of a terminal's lists is: as old as it said, and as much older as that is ago.
function listsAge({ lists, told_ms: toldMs }, nowMs) {
  const ages = Object.values(lists).map(([, ageS]) => (ageS < 0 ? Infinity : ageS * 1000 + nowMs - toldMs));
  if (!ages.length) return "—";
  const oldest = Math.max(...ages);
  const text = Number.isFinite(oldest) ? span(oldest) : word("terminals.unknown");
  return oldest > LISTS_OLD_MS ? mark("warn", text) : text;
}

function counted(count) {
  return count ? mark("warn", String(count)) : "0";
}

function drawnRow(each, nowMs) {
  const report = each.report ?? NOTHING_TOLD;
  return row(
    el("th", { scope: "row" }, link(each.terminal, "terminal", { name: each.terminal })),
    stateMark(each.state),
    el("td", { class: "t", title: moment(each.last_seen_ms) }, word("terminals.ago", { span: span(nowMs - each.last_seen_ms) })),
    number(report.told_ms ? report.backlog : "—"),
    number(report.oldest_ms ? span(nowMs - report.oldest_ms) : "—"),
    el("td", { class: "n" }, offset(report)),
    el("td", { class: "n" }, listsAge(report, nowMs)),
    report.software || "—",
    number(report.edition || "—"),
    el("td", { class: "n" }, counted(each.gaps)),
    el("td", { class: "n" }, counted(each.forks)),
    el("td", { class: "n" }, counted(each.aside)),
    el("td", { class: "n" }, counted(Object.values(report.faults).reduce((sum, count) => sum + count, 0))),
    each.group || "—",
  );
}

function drawnCounts(told, query, go) {
  const all = Object.values(told.states).reduce((sum, count) => sum + count, 0);
  const chosen = query.get("state") ?? "";
  const chips = [["", all], ...Object.keys(STATES).filter((state) => told.states[state]).map((state) => [state, told.states[state]])];
  return chips.map(([state, count]) => button(`${state ? word(`state.${state}`) : word("terminals.all")} ${count}`, () => go({ state }), { "aria-pressed": String(state === chosen) }));
}

export async function draw(main, page) {
  const { query } = page;
  const asked = () => new URLSearchParams(["text", "state", "group", "order", "after"].map((key) => [key, query.get(key) ?? ""]));
  const go = (changed) => page.go("terminals", { ...Object.fromEntries(asked()), after: "", ...changed });
  const text = el("input", { id: "text", type: "search", value: query.get("text") ?? "", maxlength: "64" });
  const chips = el("div", { class: "row chips", role: "group", "aria-label": word("terminals.state") });
  const filters = el("form", { class: "row" });
  const list = el("div", {});
  const turning = el("p", { class: "row" });

  const show = (told) => {
    redraw(chips, ...drawnCounts(told, query, go));
    const rows = told.terminals.map((each) => drawnRow(each, told.now_ms));
    redraw(list, rows.length ? table(word("nav.terminals"), columns("terminals", ...COLUMNS), rows) : el("p", { class: "panel" }, word("frame.none")));
    redraw(turning, ...[query.get("after") ? link(word("frame.first"), "terminals", { ...Object.fromEntries(asked()), after: "" }) : "", told.more ? link(word("frame.more"), "terminals", { ...Object.fromEntries(asked()), after: told.more }) : ""]);
  };
  const told = await page.ask(`/api/terminals?${asked()}`);
  const groups = [["", word("terminals.any_group")], ...Object.entries(told.groups).map(([name, count]) => [name, `${name} (${count})`])];
  filters.append(
    labelled(word("terminals.text"), text),
    labelled(word("terminals.group"), choice(groups, query.get("group") ?? "", { onchange: (event) => go({ group: event.target.value }) })),
    labelled(word("terminals.order"), choice(ORDERS.map((order) => [order, word(`order.${order}`)]), query.get("order") || "trouble", { onchange: (event) => go({ order: event.target.value }) })),
    el("button", { class: "main" }, word("terminals.find")),
  );
  filters.addEventListener("submit", (event) => { event.preventDefault(); go({ text: text.value.trim() }); });
  main.append(el("h2", {}, word("nav.terminals")), chips, filters, list, turning);
  show(told);
  page.every(EVERY_MS, async () => show(await page.ask(`/api/terminals?${asked()}`, undefined, { poll: true })));
}
