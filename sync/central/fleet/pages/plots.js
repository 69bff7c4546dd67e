// Plots as plain SVG: bars of parties, columns of days. Each has a title and says in words what it shows; the same
// figures stand in a table beside it.
import { word, yuan } from "/words.js";

const SVG = "http://www.w3.org/2000/svg";
const INK = "#14171c";
const GIVEN = "#0b3d91";
const TAKEN = "#8f1414";
const AROUND = 76;
const VALUE = 96;
let made = 0;

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// A plot is drawn as wide as it is shown, so that its letters are as large as all others.
function room(most) {
  return Math.max(260, Math.min(most, document.documentElement.clientWidth - AROUND));
}

function plot(title, told, width, height, parts) {
  const id = `plot${++made}`;
  const names = { id: `${id}t` };
  const described = { id: `${id}d` };
  const box = { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": names.id, "aria-describedby": described.id };
  return svg("svg", box, svg("title", names, title), svg("desc", described, told), ...parts);
}

function text(x, y, content, anchor = "start", size = 14) {
  return svg("text", { x, y, fill: INK, "font-size": size, "text-anchor": anchor }, content);
}

// The beginning of a label that fits so many pixels, a letter of Chinese taking two places; the table has it whole.
function cut(label, width) {
  const wide = (letter) => (letter > "\u2e80" ? 15 : 8);
  let left = width;
  const kept = [...label].findIndex((letter) => (left -= wide(letter)) < 0);
  return kept < 0 ? label : `${label.slice(0, Math.max(1, kept - 1))}…`;
}

// Rows of { label, fen }, from the longest bar down; below zero a bar is hatched by its outline alone.
export function bars(title, rows) {
  const longest = Math.max(1, ...rows.map((row) => Math.abs(row.fen)));
  const whole = room(560);
  const begin = Math.max(112, Math.round(whole * 0.3));
  const parts = rows.flatMap(({ label, fen }, place) => {
    const y = place * 30 + 6;
    const width = Math.max(1, (Math.abs(fen) / longest) * (whole - begin - VALUE));
    const paint = fen < 0 ? { fill: "none", stroke: TAKEN, "stroke-width": 2 } : { fill: GIVEN };
    return [
      text(begin - 8, y + 16, cut(label, begin - 8), "end"),
      svg("rect", { x: begin, y, width, height: 22, rx: 2, ...paint }),
      text(begin + width + 6, y + 16, yuan(fen)),
    ];
  });
  const told = rows.map(({ label, fen }) => `${label} ${yuan(fen)}`).join(", ");
  return plot(title, told || word("frame.none"), whole, Math.max(30, rows.length * 30 + 8), parts);
}

function scale(fen) {
  const step = 10 ** Math.floor(Math.log10(Math.max(fen, 1)));
  return Math.max(100, Math.ceil(fen / step) * step);
}

// Days of { day, label, fen, is_closed }, from left to right; a day that may still change is drawn as an outline.
export function columns(title, days) {
  const top = scale(Math.max(...days.map((day) => day.fen)));
  const [left, bottom, high] = [86, 196, 176];
  const whole = room(1180);
  const step = (whole - left) / days.length;
  const stride = Math.ceil(46 / step);
  const lines = [0, 0.5, 1].flatMap((part) => {
    const y = bottom - part * high;
    return [svg("line", { x1: left, x2: whole, y1: y, y2: y, stroke: "#c3c9d3" }), text(left - 6, y + 5, yuan(Math.round(top * part)), "end", 12)];
  });
  const drawn = days.flatMap(({ label, fen, is_closed: isClosed }, place) => {
    const height = (Math.max(0, fen) / top) * high;
    const paint = isClosed ? { fill: GIVEN } : { fill: "#d5e0f5", stroke: GIVEN, "stroke-width": 1.5, "stroke-dasharray": "3 2" };
    const column = svg("rect", { x: left + place * step + 2, y: bottom - height, width: Math.max(1, step - 3), height, ...paint }, svg("title", {}, `${label} ${yuan(fen)}`));
    const isLast = place === days.length - 1;
    const named = text(isLast ? whole : left + (place + 0.5) * step, bottom + 18, label.slice(5), isLast ? "end" : "middle", 12);
    return (days.length - 1 - place) % stride ? [column] : [column, named];
  });
  const told = days.filter((day) => day.fen).map(({ label, fen }) => `${label} ${yuan(fen)}`).join(", ");
  return plot(title, told || word("frame.none"), whole, bottom + 26, [...lines, ...drawn]);
}
