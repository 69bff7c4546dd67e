// One's own password. Every session of one's own ends with it.
import { el, labelled } from "/elements.js";
import { word } from "/words.js";

export async function draw(main, page) {
  const old = el("input", { id: "old", type: "password", autocomplete: "current-password", maxlength: "128", required: true });
  const fresh = el("input", { id: "fresh", type: "password", autocomplete: "new-password", minlength: "12", maxlength: "128", required: true });
  const again = el("input", { id: "again", type: "password", autocomplete: "new-password", minlength: "12", maxlength: "128", required: true });
  const form = el("form", { class: "sign" }, el("h2", {}, word("password.title")), labelled(word("password.old"), old), labelled(word("password.fresh"), fresh), labelled(word("password.again"), again), el("button", { class: "main" }, word("password.change")));
  const same = () => again.setCustomValidity(again.value === fresh.value ? "" : word("password.differs"));
  again.addEventListener("input", same);
  fresh.addEventListener("input", same);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.attempt(async () => {
      await page.ask("/api/password", { old: old.value, password: fresh.value });
      history.replaceState(null, "", location.pathname + location.search); // whoever comes next begins at the beginning
      page.leave();
      page.told(word("password.changed"));
    });
  });
  main.append(form);
}
