// The shift's sales and its report, as the terminal told them: in another language they are drawn anew.
import { show, word, yuan } from "/words.js";

export const time = (ms) => (ms ? new Date(ms).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" }) : "—");

export function row(cells, last = null) {
  const line = document.createElement("tr");
  cells.forEach((text, at) => {
    const cell = line.insertCell();
    cell.textContent = text;
    if (at) cell.className = "n";
  });
  if (last) line.insertCell().append(last);
  return line;
}

export function splitLines(parts) {
  const lines = new Map();
  for (const part of parts) {
    for (const [funder, fen] of Object.entries(part.funders)) lines.set(funder, (lines.get(funder) ?? 0) + fen);
  }
  return [...lines].map(([funder, fen]) => [word("funder", funder), yuan(-fen)]);
}

export function drawSales(sales, actions) {
  document.getElementById("rows").replaceChildren(...sales.map((sold) => {
    const funders = splitLines([sold]).map(([name, text]) => `${name}\u00a0${text.replace("−", "−\u2060")}`).join(" ");
    return row([time(sold.time_ms), `${word("medium", sold.medium)}${sold.collected ? ` · ${word("figure", "collected")}` : ""}`, yuan(sold.list_fen), funders, yuan(sold.payer_fen), [word("standing", sold.standing), ...(sold.flags ?? []).map((guard) => `⚠ ${word("flagged", guard)}`)].join(" ")], actions(sold));
  }));
}

// A figure's name is a word, or a word and what it is counted by: medium.purse_fen.
function figureName(name) {
  const [head, tail = ""] = name.split(".");
  const by = tail.replace(/_fen$/, "");
  const unit = tail.endsWith("_fen") ? "_fen" : "";
  if (!tail) return word("figure", head);
  return `${word("figure", `${head}${unit}`, word("figure", head))} · ${word(head, by, word("prompt", by, word("page", `way_${by}`, by)))}`;
}

const figure = (name, text) => (/_fen$/.test(name) ? yuan(Number(text)) : /_ms$/.test(name) ? time(Number(text)) : text);

export function drawReport(report) {
  if (!report) return;
  show("unsent_warning", Number(report.unsent) > 0);
  document.getElementById("figures").replaceChildren(...Object.entries(report).map(([name, text]) => row([figureName(name), figure(name, text)])));
}
