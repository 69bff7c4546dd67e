// Words, times and amounts of all pages. Nothing is stored in the browser: a reload begins in Chinese, or in ?lang=.

let texts = {};
let language = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh";

export async function loadWords() {
  texts = await (await fetch("/texts.json")).json();
}

// The word of a "table.key", with {named} places filled in; the fallback, or the key itself, where there is none.
export function word(path, places = {}, fallback = path.slice(path.indexOf(".") + 1)) {
  const [table, key] = [path.slice(0, path.indexOf(".")), path.slice(path.indexOf(".") + 1)];
  const text = texts[table]?.[key]?.[language] ?? fallback;
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

// A pair of words that the centre told: { zh, en }.
export function either(pair) {
  return pair[language];
}

export function paint(root = document) {
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  document.title = word("frame.title");
  for (const part of root.querySelectorAll("[data-t]")) part.textContent = word(part.dataset.t);
  for (const part of root.querySelectorAll("[data-label]")) part.setAttribute("aria-label", word(part.dataset.label));
}

export function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  paint();
}

export function yuan(fen) {
  const sign = fen < 0 ? "−" : "";
  return `${sign}¥${Math.trunc(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

// Every time is told as the city's: China has one time, eight hours before UTC.
export function moment(ms) {
  return ms > 0 ? new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ") : "—";
}

export function span(ms) {
  const s = Math.round(ms / 1000);
  if (s < 90) return word("frame.seconds", { n: s });
  if (s < 5_400) return word("frame.minutes", { n: Math.round(s / 60) });
  return s < 172_800 ? word("frame.hours", { n: Math.round(s / 3_600) }) : word("frame.days", { n: Math.round(s / 86_400) });
}
