// The staff page: keyboard, keypad and touch alike. Everything shown comes from the terminal; nothing is kept here.
import { drawByCode, forget, isBlocked, serveByCode } from "/by_code.js";
import { drawReport, drawSales, splitLines } from "/sales.js";
import { fenOf, loadWords, say, show, switchLanguage, word, yuan } from "/words.js";

const $ = (id) => document.getElementById(id);
const PARTIES = ["diner", "guest", "companion", "staff"];
const BANDS = { "-1": "no_delivery", 1000: "km_1", 2000: "km_2", 5000: "km_5" };
const VIEWS = ["sign", "opening", "sell", "coding", "listing", "reporting"];
let me = null;
let state = { absent: true };
let view = "sell";
let menu = "";
let party = "diner";
let events = null;
let field = $("amount");
let report = null;
let sales = [];

async function ask(path, members, method = "POST") {
  const headers = { "Content-Type": "application/json", "X-Till-Token": me?.token ?? "" };
  const answer = await fetch(path, { method, headers, body: method === "GET" ? undefined : JSON.stringify(members ?? {}) });
  const told = await answer.json();
  if (answer.ok) return told;
  if (told.code === "signed_out") signedOut();
  throw Object.assign(new Error(told.code), told);
}

async function attempt(work) {
  show("trouble", false);
  try {
    await work();
  } catch (error) {
    say("trouble", told(error));
    show("trouble", true);
  }
  draw();
}

// Why it cannot be done now, and what to do next: by the terminal's word, with the figure that its message names.
function told({ code, why, message }) {
  const figure = /-?\d+/.exec(message ?? "")?.[0];
  if (why) return word("refusal", why) + (why === "cash_unexplained" ? ` (${yuan(Number(figure))})` : "");
  const locked = code === "CODE_LOCKED" ? ` (${figure} s)` : "";
  return word("error", code ?? "other", word("error", "other")) + (code === "CONTROL_REFUSED" ? `: ${message}` : locked);
}

const act = (action, members) => ask(`/api/do/${action}`, members);

function button(text, pressed, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (pressed !== null) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", press);
  return made;
}

function fill(select, options) {
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
  if (options.some(([value]) => String(value) === chosen)) select.value = chosen;
}

const age = (s) => (s < 5400 ? `${Math.ceil(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`);

function drawHealth() {
  const health = state.health;
  say("light", !me ? "" : state.absent ? `✕ ${word("error", "CONTROL_ABSENT")}` : `● ${word("page", "online")}`);
  say("waiting", health ? `${word("page", "unsent")} ${health.unsent}${health.unsent ? ` · ${word("page", "oldest")} ${age(health.oldest_s)}` : ""}` : "");
  say("lists", health ? `${health.lists_old ? "⚠ " : ""}${word("page", "lists")} ${health.lists_age_s < 0 ? "—" : age(health.lists_age_s)}` : "");
  say("clock", health ? `${word("page", "time")} ${word("time_quality", health.time_quality)}` : "");
  say("printer", drawnPrinter(state.printer));
  say("assurance", me ? drawnAssurance(state.assurance) : "");
  say("who", me ? `${me.staff}${state.shift ? ` · ${word("page", "shift")} ${state.shift.number}` : ""}` : "");
  const blocked = !me ? "" : state.absent ? word("page", "absent") : health?.blocked ? word("next", health.next) : "";
  say("blocked", blocked);
  show("blocked", Boolean(blocked));
}

function drawnPrinter(printer) {
  if (!printer) return "";
  const waiting = printer.waiting ? ` · ${word("page", "receipts_waiting")} ${printer.waiting}` : "";
  return `${printer.state === "ready" ? "" : "⚠ "}${word("printer", printer.state)}${waiting}`;
}

// How many subsidies the centre has not confirmed, and whether more may be granted: as the terminal says.
function drawnAssurance(told) {
  if (!told) return "";
  const counted = told.open_max ? ` ${told.open}/${told.open_max}` : "";
  return `${told.key === "grants" ? "" : "⚠ "}${word("assurance", told.key)}${counted}`;
}

function drawOrder() {
  say("session", state.absent ? word("page", "away") : state.session ? word("session", state.session) : word("page", "no_session"));
  const sets = [...(state.menus ?? [])].map((each) => button(`${word("menu", each.menu)} ${yuan(each.fen)}`, menu === each.menu, () => { menu = menu === each.menu ? "" : each.menu; draw(); }));
  $("menus").replaceChildren(...sets);
  $("amount").disabled = Boolean(menu);
  $("party").replaceChildren(...PARTIES.map((each) => button(word("page", each), party === each, () => { party = each; draw(); })));
  $("offer").disabled = Boolean(state.absent || isBlocked(state) || state.offer?.bound);
  $("cancel").disabled = !state.offer;
  drawByCode(state, me?.may ?? []);
}

// What the guards of the tariff found: the first and how many more, or why they refused and what staff do next.
function drawnFlags({ flags, accepted }) {
  if (!accepted) return `⚠ ${word("flagged", flags.at(-1))}: ${word("guard_next", flags.at(-1))}`;
  return `⚠ ${word("flagged", flags[0])}${flags.length > 1 ? ` +${flags.length - 1}` : ""}`;
}

function drawResult() {
  const { outcome, offer } = state;
  let lines = [];
  let remark = "";
  $("sum").className = "";
  if (outcome) {
    say("headline", `${outcome.accepted ? "✓" : "✕"} ${word("prompt", outcome.prompt, outcome.prompt)}`);
    $("sum").className = outcome.accepted ? "good" : "bad words";
    say("sum", outcome.accepted ? yuan(outcome.payer_fen) : outcome.prompt === "present_same_card" ? word("standing", "torn") : word("page", "refused"));
    if (outcome.accepted) lines = [[word("page", "list_price"), yuan(outcome.parts.reduce((sum, part) => sum + part.list_fen, 0))], ...splitLines(outcome.parts), [word("page", outcome.pays ? `payer_${outcome.pays}` : "payer"), yuan(outcome.payer_fen)]];
    if (outcome.left) lines.push([word("page", "left"), outcome.left[0] === outcome.left[1] ? String(outcome.left[0]) : outcome.left.join("–")]);
    if (outcome.uncertain && !outcome.surety) remark = word("page", "uncertain");
    if (outcome.flags?.length && (outcome.accepted || outcome.prompt === "meal_guard")) remark = drawnFlags(outcome);
  } else if (offer) {
    say("headline", `▶ ${word("page", offer.collected ? "present_diner" : "present")}`);
    say("sum", yuan(offer.list_fen + offer.delivery_fen));
  } else {
    say("headline", word("page", "idle"));
    say("sum", "");
  }
  $("split").replaceChildren(...lines.flatMap(([name, text]) => {
    const term = document.createElement("dt");
    const told = document.createElement("dd");
    term.textContent = name;
    told.textContent = text;
    return [term, told];
  }));
  say("surety", outcome?.surety ? word("surety", outcome.surety) : "");
  say("remark", remark);
}

function draw() {
  if (view === "coding" && !state.offer) view = "sell";
  const seen = !me ? "sign" : !state.absent && !state.shift && view !== "reporting" ? "opening" : view;
  for (const name of VIEWS) show(name, name === seen);
  if (seen !== "coding") forget();
  show("sign_out", Boolean(me));
  show("last_report", Boolean(state.last_shift));
  show("reopen", Boolean(state.last_shift && me?.may.includes("shift.reopen")));
  show("print_report", Boolean(state.printer && report?.closed_by));
  $("closing").hidden = !(me?.may.includes("shift.close") && state.shift);
  drawHealth();
  drawOrder();
  drawResult();
  drawReport(report);
}

// What changes with the language alone: it is drawn once for each, not with every picture.
function label() {
  fill($("band"), Object.entries(BANDS).sort(([one], [other]) => one - other).map(([metres, key]) => [metres, word("page", key)]));
  fill($("way"), ["cash", "credit"].map((way) => [way, word("page", `way_${way}`)]));
  if (me) drawSales(sales, rowActions);
}

function signedOut() {
  me = null;
  events?.close();
  events = null;
  state = { absent: true };
  sales = [];
  report = null;
}

function follow() {
  events?.close();
  events = new EventSource("/events/staff");
  events.onmessage = (event) => { state = JSON.parse(event.data); draw(); };
  events.onerror = () => { state = { absent: true }; if (events?.readyState === EventSource.CLOSED) signedOut(); draw(); };
}

// The first press asks, the second takes back: a sale is taken back once and for all.
function takeBack(pressed, tap) {
  if (!pressed.dataset.asked) {
    pressed.dataset.asked = "yes";
    pressed.textContent = word("page", "void_sure");
    return;
  }
  attempt(async () => {
    await act("void", { tap, way: $("way").value, reason: $("why").value });
    await listSales();
  });
}

const again = (tap) => button(word("page", "reprint"), null, () => attempt(() => act("receipt", { tap })));

function rowActions(sold) {
  const actions = document.createElement("span");
  if (state.printer && ["paid", "reversed"].includes(sold.standing)) actions.append(again(sold.tap));
  if (me.may.includes("void") && sold.standing === "paid") actions.append(button(word("page", "void"), null, (event) => takeBack(event.target, sold.tap)));
  return actions;
}

async function listSales() {
  ({ sales } = await act("sales"));
  drawSales(sales, rowActions);
}

function go(to) { view = to; show("trouble", false); draw(); }

function order() {
  const members = { party, quantity: Number($("quantity").value), delivery_m: Number($("band").value) };
  if (members.delivery_m >= 0) members.delivery_fen = fenOf($("fee").value) ?? -1;
  return menu ? { ...members, menu } : { ...members, unit_fen: fenOf($("amount").value) ?? -1 };
}

function makeKeys() {
  const press = (key) => { if (key === "C") field.value = ""; else field.value += key; field.focus(); };
  const digits = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "C", "0"];
  $("keys").replaceChildren(...[...digits, "."].map((key) => button(key, null, () => press(key))));
  $("pad").replaceChildren(...digits.map((key) => button(key, null, () => press(key))));
  for (const each of document.querySelectorAll("#order input, #coding input")) each.addEventListener("focus", () => { field = each; });
}

$("language").addEventListener("click", () => { switchLanguage(); label(); draw(); });
$("sign").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    try { me = await ask("/api/login", { staff: $("staff").value, pin: $("pin").value }); } finally { $("pin").value = ""; }
    follow();
  });
});
$("sign_out").addEventListener("click", () => attempt(async () => { await ask("/api/logout"); signedOut(); }));
$("opening").addEventListener("submit", (event) => { event.preventDefault(); attempt(async () => { await act("shift.open", { float_fen: fenOf($("float").value) ?? -1 }); view = "sell"; }); });
$("order").addEventListener("submit", (event) => { event.preventDefault(); attempt(async () => { await act("offer", order()); menu = ""; party = "diner"; $("amount").value = ""; $("quantity").value = "1"; $("band").value = "-1"; $("fee").value = "0"; }); });
$("cancel").addEventListener("click", () => attempt(() => act("cancel")));
$("see_sales").addEventListener("click", () => attempt(async () => { await listSales(); view = "listing"; }));
$("see_report").addEventListener("click", () => attempt(async () => { ({ report } = await act("report")); view = "reporting"; }));
$("last_report").addEventListener("click", () => attempt(async () => { ({ report } = await act("report", { number: state.last_shift })); view = "reporting"; }));
$("reopen").addEventListener("click", () => attempt(async () => { await act("shift.reopen"); view = "sell"; }));
$("print_report").addEventListener("click", () => attempt(() => act("report.print", { number: Number(report.number) })));
$("closing").addEventListener("submit", (event) => { event.preventDefault(); attempt(async () => { ({ report } = await act("shift.close", { cash_fen: fenOf($("counted").value) ?? -1, explanation: $("explanation").value })); }); });
serveByCode({ act, attempt, enter: () => go("coding"), done: () => { view = "sell"; } });
for (const back of document.querySelectorAll(".back")) back.addEventListener("click", () => go("sell"));
addEventListener("keydown", (event) => { if (event.key === "Escape" && view === "coding") go("sell"); else if (event.key === "Escape" && state.offer) attempt(() => act("cancel")); });

await loadWords();
makeKeys();
label();
try { me = await ask("/api/me", null, "GET"); follow(); } catch { me = null; }
draw();
