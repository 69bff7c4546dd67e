// What everybody has, and what goes to one group first: stage, release, halt, roll back. Each is asked twice.
import { button, choice, columns, el, labelled, number, redraw, row, sure, table, when } from "/elements.js";
import { span, word } from "/words.js";

const EVERY_MS = 10_000;

export function nameOf({ kind, name }) {
  const words = word(`kind.${kind}`, {}, kind);
  return name === kind ? words : `${words} ${name}`;
}

// Ask whether it is to be done, do it, draw everything anew, and tell that it was done.
function act(page, title, lines, path, members, told) {
  return page.attempt(async () => {
    if (!(await sure(title, lines))) return;
    const answer = await page.ask(path, members);
    await page.again();
    const strange = answer.unknown?.length ? word("publications.unknown", { names: answer.unknown.join(" ") }) : "";
    page.told(word(told, { ...members, ...answer }) + strange);
  });
}

function drawnStages(told, page) {
  const groups = [...new Set(told.stages.map((stage) => stage.group))];
  if (!groups.length) return el("p", { class: "panel" }, word("publications.nothing_staged"));
  return el("div", {}, groups.map((group) => {
    const mine = told.stages.filter((stage) => stage.group === group);
    const rows = mine.map((stage) => row(nameOf(stage), number(stage.version), when(stage.staged_ms), span(told.now_ms - stage.staged_ms)));
    const listed = el("ul", {}, mine.map((stage) => el("li", {}, `${nameOf(stage)} · ${stage.version}`)));
    const places = { group, count: told.groups[group] ?? 0 };
    const buttons = page.may("operator") ? [
      button(word("publications.release"), () => act(page, word("publications.release_sure", places), [word("publications.release_means"), listed], "/api/publications/release", { group }, "publications.released_told"), { class: "main" }),
      button(word("publications.halt"), () => act(page, word("publications.halt_sure", places), [word("publications.halt_means", places), listed], "/api/publications/halt", { group }, "publications.halted_told"), { class: "danger" }),
    ] : [];
    const title = word("publications.stage_of", places);
    const progress = el("span", {}, word("publications.progress", { ...places, ...told.progress[group] }));
    return el("div", { class: "panel", "data-group": group }, el("div", { class: "row head" }, el("strong", {}, title), progress, el("span", { class: "grow" }), ...buttons),
      table(title, columns("publications", "what", "#version", "staged", "since"), rows));
  }));
}

function drawnReleased(told, page) {
  const may = page.may("operator");
  const rows = told.released.map((each) => {
    const back = () => act(page, word("publications.back_sure", { what: nameOf(each) }), [word("publications.back_means")], "/api/publications/rollback", { kind: each.kind, name: each.name }, "publications.back_told");
    return row(nameOf(each), number(each.version), when(each.published_ms), ...(may ? [each.may_go_back ? button(word("publications.back"), back) : ""] : []));
  });
  if (!rows.length) return el("p", { class: "panel" }, word("publications.nothing"));
  return table(word("publications.released"), columns("publications", "what", "#version", "published", ...(may ? [""] : [])), rows);
}

// Say first what the documents are, then stage them.
function staging(told, page) {
  const groups = Object.entries(told.groups).map(([name, count]) => [name, `${name} (${count})`]);
  if (!groups.length) return el("p", { class: "panel" }, word("publications.no_group"));
  const files = el("input", { id: "documents", type: "file", multiple: true, accept: ".toml,.json,.csv", required: true });
  const group = choice(groups, "", { id: "group" });
  const form = el("form", { class: "row" }, labelled(word("publications.documents"), files), labelled(word("publications.group"), group), el("button", { class: "main", id: "stage" }, word("publications.stage")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.attempt(async () => {
      const chosen = [...files.files];
      const members = { names: chosen.map((file) => file.name), documents: await Promise.all(chosen.map((file) => file.text())) };
      const { publications } = await page.ask("/api/publications/read", members);
      const places = { group: group.value, count: told.groups[group.value] };
      const listed = el("ul", {}, publications.map((each) => el("li", {}, nameOf(each))));
      if (!(await sure(word("publications.stage_sure", places), [word("publications.stage_means", places), listed], word("publications.stage")))) return;
      const { edition, staged } = await page.ask("/api/publications/stage", { ...members, group: group.value });
      await page.again();
      page.told(word(staged.length ? "publications.staged_told" : "publications.nothing_new", { ...places, edition }));
    });
  });
  return el("div", { class: "panel" }, form, el("p", { class: "hint" }, word("publications.documents_hint")));
}

function grouping(told, page) {
  const names = el("input", { id: "moved", required: true, maxlength: "2000" });
  const group = el("input", { id: "into", maxlength: "32", pattern: "[a-z0-9][a-z0-9\\-]{0,31}", list: "groups" });
  const known = el("datalist", { id: "groups" }, Object.keys(told.groups).map((value) => el("option", { value })));
  const form = el("form", { class: "row" }, labelled(word("publications.terminals"), names), labelled(word("publications.into"), group), el("button", { id: "move" }, word("publications.move")), known);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const terminals = names.value.split(/[\s,，]+/).filter(Boolean);
    const into = group.value.trim();
    act(page, word(into ? "publications.move_sure" : "publications.out_sure", { count: terminals.length, group: into }), [terminals.join(" ")], "/api/groups", { group: into, terminals }, "publications.moved_told");
  });
  return el("div", { class: "panel" }, form, el("p", { class: "hint" }, word("publications.move_hint")));
}

function drawnOverall({ edition, have, terminals }) {
  return edition ? word("publications.edition", { edition, have, terminals }) : word("publications.nothing");
}

export async function draw(main, page) {
  const told = await page.ask("/api/publications");
  const overall = el("p", {}, drawnOverall(told));
  const stages = el("div", {}, drawnStages(told, page));
  main.append(
    el("h2", {}, word("nav.publications")),
    overall,
    el("h3", {}, word("publications.staged_all")),
    stages,
  );
  if (page.may("operator")) main.append(el("h3", {}, word("publications.stage_new")), staging(told, page), el("h3", {}, word("publications.groups")), grouping(told, page));
  const released = el("div", {}, drawnReleased(told, page));
  main.append(el("h3", {}, word("publications.released")), released);
  const news = ({ stages: staged, released: out, progress, have }) => JSON.stringify([staged, out, progress, have]);
  let held = news(told);
  page.every(EVERY_MS, async () => {
    const now = await page.ask("/api/publications", undefined, { poll: true });
    if (news(now) === held || document.getElementById("asked").open) return;
    held = news(now);
    overall.textContent = drawnOverall(now);
    redraw(stages, drawnStages(now, page));
    redraw(released, drawnReleased(now, page));
  });
}
