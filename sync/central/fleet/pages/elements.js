// What pages are made of: elements, tables, marks of a state, and the question before something is done.
import { moment, word } from "/words.js";

// el("td", { class: "n", onclick: f }, "text", other): attributes as they are, on... as listeners, nothing is parsed.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function button(text, press, attributes = {}) {
  return el("button", { type: "button", onclick: press, ...attributes }, text);
}

export function link(text, name, query = {}) {
  const asked = new URLSearchParams(query).toString();
  return el("a", { href: `#${name}${asked ? `?${asked}` : ""}` }, text);
}

export function labelled(text, field) {
  return el("label", {}, el("span", {}, text), field);
}

export function choice(options, chosen, attributes = {}) {
  return el("select", attributes, options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
}

// A table that may be wider than the screen: it scrolls by itself, by keyboard too. A column is named by its text, which
// begins with "#" where numbers stand below it; one without a name has buttons.
export function table(caption, columns, rows) {
  const named = (text) => el("th", { scope: "col", class: text.startsWith("#") ? "n" : null }, text.replace(/^#/, ""));
  const head = el("tr", {}, columns.map((text) => (text ? named(text) : el("td", {}))));
  const body = el("tbody", {}, rows);
  const made = el("table", {}, el("caption", {}, caption), el("thead", {}, head), body);
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption }, made);
}

// The names of columns, by keys of a table of words: "#" before a key is that of a column of numbers.
export function columns(words, ...keys) {
  return keys.map((key) => (key.startsWith("#") ? `#${word(`${words}.${key.slice(1)}`)}` : key && word(`${words}.${key}`)));
}

export function row(...cells) {
  return el("tr", {}, cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell))));
}

export function number(text) {
  return el("td", { class: "n" }, String(text));
}

export function when(ms) {
  return el("td", { class: "t" }, moment(ms));
}

// A state never speaks by colour alone: sign and word say the same.
export function mark(kind, text) {
  return el("span", { class: `mark ${kind}` }, `${{ good: "●", warn: "▲", bad: "■", off: "○" }[kind]} ${text}`);
}

// Draw a part of a page anew, by itself: who reads or types there keeps the place, in the table too.
export function redraw(root, ...children) {
  const known = (each) => each.getAttribute("href") ?? each.getAttribute("aria-label") ?? each.textContent;
  const held = root.contains(document.activeElement) && document.activeElement !== root ? document.activeElement : null;
  const left = root.querySelector(".wide")?.scrollLeft ?? 0;
  root.replaceChildren(...children);
  if (left) root.querySelector(".wide")?.scrollTo({ left });
  if (held) [...root.querySelectorAll(held.localName)].find((each) => known(each) === known(held))?.focus({ preventScroll: true });
}

// Ask before something is done; resolves to whether it may be.
export function sure(title, lines, yes) {
  const dialog = document.getElementById("asked");
  document.getElementById("asked_title").textContent = title;
  document.getElementById("asked_text").replaceChildren(...lines.map((line) => (line instanceof Node ? line : el("p", {}, line))));
  document.getElementById("asked_yes").textContent = yes ?? word("frame.yes");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
