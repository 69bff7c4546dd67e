// What one day came to by medium, operator and funder, and the thirty days that end with it.
import { columns, el, labelled, link, mark, number, row, table } from "/elements.js";
import { bars, columns as dayColumns } from "/plots.js";
import { moment, word, yuan } from "/words.js";

const EVERY_MS = 60_000;
const KINDS = [["media", "medium"], ["operators", "operator"], ["funders", "funder"]];

function written(day) {
  const text = String(day);
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

function named(kind, party) {
  return kind === "media" ? word(`medium.${party}`, {}, party) : party;
}

function drawnKind(told, [kind, one]) {
  const title = word(`money.${kind}`);
  const rows = told[kind].map(({ party, fen }) => ({ label: named(kind, party), fen }));
  const sum = rows.reduce((total, each) => total + each.fen, 0);
  const cells = [...rows.map(({ label, fen }) => row(label, number(yuan(fen)))), el("tr", {}, el("th", { scope: "row" }, word("money.sum")), el("th", { class: "n" }, yuan(sum)))];
  const drawn = rows.length ? [el("div", { class: "panel" }, bars(title, rows)), table(title, columns("money", one, "#yuan"), cells)] : [el("p", { class: "panel" }, word("frame.none"))];
  return el("section", { "data-kind": kind }, el("h3", {}, title), el("div", { class: "beside" }, drawn));
}

function drawnOthers(told) {
  if (!told.others.length) return [];
  const rows = told.others.map(({ account, party, fen }) => row(word(`account.${account}`, {}, account), word(`party.${party}`, {}, party) || "—", number(yuan(fen))));
  return [el("h3", {}, word("money.others")), el("div", { class: "beside" }, table(word("money.others"), columns("money", "account", "party", "#yuan"), rows))];
}

function drawnDays(told) {
  const days = told.days.map((each) => ({ ...each, label: written(each.day), fen: each.earned_fen }));
  const rows = [...days].reverse().map((each) => row(
    el("th", { scope: "row" }, link(each.label, "money", { day: each.day })),
    number(yuan(each.earned_fen)),
    number(yuan(each.collected_fen)),
    number(yuan(each.earned_fen - each.collected_fen)),
    mark(each.is_closed ? "good" : "off", word(each.is_closed ? "money.closed" : "money.open")),
  ));
  const title = word("money.days");
  return [el("h3", {}, title), el("div", { class: "panel" }, dayColumns(title, days), el("p", { class: "hint" }, word("money.open_drawn"))), table(title, columns("money", "day", "#earned", "#collected", "#carried", "standing"), rows)];
}

function drawn(told) {
  const standing = mark(told.is_closed ? "good" : "off", word(told.is_closed ? "money.is_closed" : "money.is_open"));
  const behind = told.behind ? mark("warn", word("money.behind", { count: told.behind })) : "";
  return [
    el("p", { class: "row head" }, standing, el("span", { class: "hint" }, word("money.summed", { time: moment(told.summed_ms) })), behind, told.day === told.today ? "" : link(word("money.to_today"), "money")),
    ...KINDS.map((kind) => drawnKind(told, kind)),
    ...drawnOthers(told),
    ...drawnDays(told),
  ];
}

export async function draw(main, page) {
  const day = page.query.get("day") ?? "";
  const path = `/api/money?${new URLSearchParams({ day })}`;
  const told = await page.ask(path);
  const chosen = el("input", { type: "date", id: "day", value: written(told.day), max: written(told.today) });
  chosen.addEventListener("change", () => chosen.value && page.go("money", { day: chosen.value.replaceAll("-", "") }));
  const shown = el("div", {}, drawn(told));
  main.append(el("h2", {}, word("money.of_day", { day: written(told.day) })), el("div", { class: "row" }, labelled(word("money.day"), chosen)), shown);
  if (!day) page.every(EVERY_MS, async () => shown.replaceChildren(...drawn(await page.ask(path, undefined, { poll: true }))));
}
