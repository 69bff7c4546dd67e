// Words and amounts for both pages. Nothing is stored in the browser: a reload begins in Chinese, or in ?lang=.

let texts = {};
let language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh";

export async function loadWords() {
  texts = await (await fetch("/texts.json")).json();
  paint();
}

export function word(table, key, fallback = key) {
  return texts[table]?.[key]?.[language] ?? fallback;
}

export function wordToo(table, key, fallback = key) {
  return texts[table]?.[key]?.[language === "en" ? "zh" : "en"] ?? fallback;
}

export function paint(root = document) {
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  for (const part of root.querySelectorAll("[data-t]")) part.textContent = word("page", part.dataset.t);
  for (const part of root.querySelectorAll("[data-label]")) part.setAttribute("aria-label", word("page", part.dataset.label));
}

export function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  paint();
}

export function yuan(fen) {
  const sign = fen < 0 ? "−" : "";
  return `${sign}¥${Math.trunc(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

export function fenOf(text) {
  const found = /^(\d{1,6})(?:[.。](\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

export function say(id, text) {
  const part = document.getElementById(id);
  if (part.textContent !== text) part.textContent = text;
}

export function show(id, yes) {
  document.getElementById(id).hidden = !yes;
}
