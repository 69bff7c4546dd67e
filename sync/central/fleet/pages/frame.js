// The frame: signing in and out, the navigation, and one page at a time, named by #page?query.
import { ask, Refusal, sayToken } from "/asking.js";
import { el } from "/elements.js";
import { loadWords, paint, switchLanguage, word } from "/words.js";

const $ = (id) => document.getElementById(id);
const ROLES = ["viewer", "operator", "admin"];
let me = null;
let shown = 0;
let drawn = "";
let timers = [];

function say(id, text) {
  $(id).textContent = text;
  $(id).hidden = !text;
}

// What went wrong and what to do next, in the page's language where it has words for it, always with the code.
export function wordsOf(error) {
  if (!(error instanceof Refusal)) throw error;
  const title = word(`error.${error.code}`, { s: error.waitS }, "");
  if (title) return `${title} (${error.code})`;
  return `${error.title}: ${error.detail} — ${error.hint} (${error.code})`;
}

function refused(error) {
  if (error.code === "SIGNED_OUT" && me) leave();
  say("trouble", wordsOf(error));
}

async function attempt(work) {
  say("trouble", "");
  say("told", "");
  try {
    await work();
  } catch (error) {
    refused(error);
  }
}

function leave() {
  me = null;
  sayToken("");
  draw();
}

function enter(told) {
  me = told;
  sayToken(told.csrf);
  draw();
}

function drawFrame(name) {
  $("nav").hidden = !me;
  $("sign_out").hidden = !me;
  $("sign").hidden = Boolean(me);
  $("who").replaceChildren(...(me ? [el("a", { href: "#password", title: word("nav.password") }, me.name), ` · ${word(`role.${me.role}`)}`] : []));
  const within = me?.pages.find((page) => page.name === name)?.within || name;
  const pages = (me?.pages ?? []).filter((page) => !page.within);
  $("nav").replaceChildren(...pages.map((page) => el("a", { href: `#${page.name}`, "aria-current": page.name === within ? "page" : null }, word(`nav.${page.name}`))));
}

// Ask again and again as long as this page is shown, and only while it is looked at.
function every(ms, work, mine) {
  timers.push(setInterval(async () => {
    if (document.hidden || mine !== shown) return;
    try {
      await work();
      if ($("trouble").dataset.poll) say("trouble", "");
      delete $("trouble").dataset.poll;
    } catch (error) {
      if (mine !== shown) return;
      $("trouble").dataset.poll = "1";
      refused(error);
    }
  }, ms));
}

// Another page: the eye, the keyboard and the screen reader begin at its head.
function begin() {
  scrollTo(0, 0);
  $("main").focus({ preventScroll: true });
}

async function draw() {
  const mine = ++shown;
  timers.forEach(clearInterval);
  timers = [];
  const [asked, text] = location.hash.slice(1).split("?");
  const name = me?.pages.some((page) => page.name === asked) ? asked : me?.pages[0]?.name;
  drawFrame(name);
  $("page").replaceChildren();
  if (!me) {
    drawn = "";
    return;
  }
  const main = el("div", { "data-page": name });
  const page = {
    me,
    ask,
    attempt,
    query: new URLSearchParams(text ?? ""),
    may: (role) => ROLES.indexOf(me.role) >= ROLES.indexOf(role),
    every: (ms, work) => every(ms, work, mine),
    go: (to, query) => { location.hash = `${to}?${new URLSearchParams(query)}`; },
    told: (line) => say("told", line),
    again: draw,
    leave,
  };
  try {
    const { draw: drawPage } = await import(`/${name}.js`);
    await drawPage(main, page);
    if (mine !== shown) return;
    $("page").replaceChildren(main);
    if (drawn && drawn !== name) begin();
    drawn = name;
  } catch (error) {
    if (mine === shown) refused(error);
  }
}

$("sign").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const members = { name: $("name").value.trim(), password: $("password").value };
    $("password").value = "";
    enter(await ask("/api/login", members));
    $("name").value = "";
  });
});
$("sign_out").addEventListener("click", () => attempt(async () => { await ask("/api/logout", {}); leave(); }));
$("language").addEventListener("click", () => { switchLanguage(); draw(); });
addEventListener("hashchange", () => { say("trouble", ""); say("told", ""); draw(); });

await loadWords();
paint();
try {
  enter(await ask("/api/me"));
} catch (error) {
  leave();
  if (error.status !== 401) refused(error);
}
