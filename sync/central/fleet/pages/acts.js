// What was done at these pages: who, what, when, and how it ended. The newest first.
import { columns, el, link, mark, row, table, when } from "/elements.js";
import { word } from "/words.js";

function outcome(text) {
  if (text === "done") return mark("good", word("acts.done"));
  if (text === "begun") return mark("warn", word("acts.begun"));
  return mark("bad", text);
}

export async function draw(main, page) {
  const before = page.query.get("before") ?? "";
  const { acts, more } = await page.ask(`/api/acts?${new URLSearchParams({ before })}`);
  const rows = acts.map((each) => row(when(each.act_ms), each.name, word(`act.${each.act}`), each.subject, outcome(each.outcome)));
  main.append(
    el("h2", {}, word("nav.acts")),
    acts.length ? table(word("nav.acts"), columns("acts", "when", "who", "what", "subject", "outcome"), rows) : el("p", {}, word("frame.none")),
    el("p", { class: "row" }, before ? link(word("frame.first"), "acts") : null, more ? link(word("frame.more"), "acts", { before: more }) : null),
  );
}
