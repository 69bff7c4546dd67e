// The diner's screen: one picture, the same elements for everybody. A paid picture stays until the card has been gone.
import { loadWords, say, switchLanguage, word, yuan } from "/words.js";

const STAY_MS = 8000;
const MARKS = { away: "■", idle: "○", offer: "▶", paid: "✓", again: "↻", refused: "✕" };
let shown = { screen: "away", prompt: "", list_fen: -1, relief_fen: -1, payer_fen: -1, left: -1, gone: false };
let leaving = 0;

const amount = (fen) => (fen < 0 ? "—" : yuan(fen));

function headline() {
  if (shown.prompt) return word("prompt", shown.prompt, word("page", shown.screen));
  return word("page", shown.screen === "offer" ? "present" : shown.screen);
}

function draw() {
  document.body.dataset.screen = shown.screen;
  say("mark", MARKS[shown.screen]);
  say("said", headline());
  say("list", amount(shown.list_fen));
  say("relief", shown.relief_fen > 0 ? yuan(-shown.relief_fen) : amount(shown.relief_fen));
  say("sum_name", word("page", shown.screen === "paid" ? "paid" : "to_pay"));
  say("payer", amount(shown.payer_fen));
  say("left", shown.left < 0 ? word("page", "left_unknown") : String(shown.left));
}

function giveWay() {
  shown = shown.then;
  draw();
}

function take(picture) {
  shown = picture;
  clearTimeout(leaving);
  if (picture.gone && picture.screen !== "offer") leaving = setTimeout(giveWay, STAY_MS);
  draw();
}

await loadWords();
document.getElementById("language").addEventListener("click", () => { switchLanguage(); draw(); });
const events = new EventSource("/events/diner");
events.onmessage = (event) => take(JSON.parse(event.data));
events.onerror = () => take({ ...shown, screen: "away", prompt: "", list_fen: -1, relief_fen: -1, payer_fen: -1, left: -1, gone: false });
draw();
