// The forgotten card: code and PIN are typed hidden, sent once, and gone from the page whatever comes of it.
import { say, show, word } from "/words.js";

const $ = (id) => document.getElementById(id);
const TYPED = ["code", "code_pin"];

export function forget() {
  for (const id of TYPED) $(id).value = "";
}

// Nothing can be sold; without a reader a meal can still be taken by code where the tariff says so.
export function isBlocked({ health, by_hand: pays }) {
  return Boolean(health?.blocked) && !(health.blocked === "reader_absent" && pays);
}

// How to go on: whether a code pays here at all, and with what.
export function drawByCode({ offer, by_hand: pays }, may) {
  $("by_code").disabled = !offer || offer.bound || !may.includes("by_hand");
  $("code_pays").disabled = !pays;
  say("code_help", word("by_hand", pays || "off"));
  show("code_collects", may.includes("collect"));
}

// `act` asks the terminal, `done` leaves the view; a refusal stays in it.
export function serveByCode({ act, attempt, enter, done }) {
  const send = (action) => attempt(async () => {
    const typed = { code: $("code").value, pin: $("code_pin").value };
    forget();
    $("code").focus();
    await act(action, typed);
    done();
  });
  $("by_code").addEventListener("click", () => { forget(); enter(); $("code").focus(); });
  $("coding").addEventListener("submit", (event) => { event.preventDefault(); if (!$("code_pays").disabled) send("by_hand"); });
  $("code_collects").addEventListener("click", () => { if ($("coding").reportValidity()) send("collect"); });
  $("code").addEventListener("keydown", (event) => { if (event.key === "Enter" && !$("code_pin").value) { event.preventDefault(); $("code_pin").focus(); } });
}
