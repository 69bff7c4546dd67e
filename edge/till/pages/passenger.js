// The passenger's screen: one picture, the same elements for everybody. An answer stays until the card has been gone.
import { loadWords, say, word, wordToo, yuan } from "/words.js";

const STAY_MS = 3000;
const MARKS = { away: "■", stopped: "■", idle: "○", armed: "▶", paid: "✓", again: "↻", noted: "●", refused: "✕" };
const NOTHING = { prompt: "", fen: -1, balance_fen: -1, riders: 1, companion: false, line: "", direction: "", station: "", gone: false };
let shown = { screen: "away", ...NOTHING };
let leaving = 0;

const amount = (fen) => (fen < 0 ? "—" : yuan(fen));

function headline(words) {
  if (shown.prompt) return words("prompt", shown.prompt, words("page", shown.screen));
  if (shown.screen === "armed" && shown.companion) return words("page", "companion");
  return words("page", shown.screen).replace("{riders}", shown.riders);
}

function place(words, key, value) {
  return value ? words("page", key).replace("{name}", value) : "";
}

function draw() {
  document.body.dataset.screen = shown.screen;
  say("line", place(word, "line", shown.line));
  say("towards", place(word, "towards", shown.direction));
  say("stop", place(word, "stop", shown.station));
  say("mark", MARKS[shown.screen]);
  say("said", headline(word));
  say("said_too", headline(wordToo));
  for (const name of ["fare", "left"]) {
    say(`${name}_name`, word("page", name));
    say(`${name}_too`, wordToo("page", name));
  }
  say("fare", amount(shown.fen));
  say("left", amount(shown.balance_fen));
}

function take(picture) {
  clearTimeout(leaving);
  shown = picture;
  if (picture.gone) leaving = setTimeout(() => take({ ...picture.then, then: picture.then }), STAY_MS);
  draw();
}

await loadWords();
for (const too of document.querySelectorAll("[id$=_too]")) too.lang = document.documentElement.lang === "en" ? "zh-CN" : "en";
const events = new EventSource("/events/passenger");
events.onmessage = (event) => take(JSON.parse(event.data));
events.onerror = () => take({ screen: "away", ...NOTHING });
draw();
