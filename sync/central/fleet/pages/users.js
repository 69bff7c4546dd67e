// Who may sign in, for administrators.
import { button, choice, columns, el, labelled, row, sure, table, when } from "/elements.js";
import { word } from "/words.js";

const ROLES = ["viewer", "operator", "admin"];

function roles(chosen, attributes = {}) {
  return choice(ROLES.map((role) => [role, word(`role.${role}`)]), chosen, attributes);
}

function drawnUser(user, page) {
  const own = user.name === page.me.name;
  const does = (title, path, members, told) => page.attempt(async () => {
    if (!(await sure(title, [word("users.signed_out")]))) return page.again();
    await page.ask(path, { name: user.name, ...members });
    await page.again();
    page.told(word(told, { name: user.name }));
  });
  const role = roles(user.role, { "aria-label": word("users.role_of", { name: user.name }), disabled: own, onchange: (event) => does(word("users.role_sure", { name: user.name, role: word(`role.${event.target.value}`) }), "/api/users/change", { role: event.target.value }, "users.changed_told") });
  const remove = own ? "" : button(word("users.remove"), () => does(word("users.remove_sure", { name: user.name }), "/api/users/remove", {}, "users.removed"), { class: "danger" });
  return row(el("th", { scope: "row" }, user.name), role, user.signed_in_ms ? when(user.signed_in_ms) : word("users.never"), when(user.changed_ms), user.changed_by, remove);
}

function adding(page) {
  const name = el("input", { id: "new_name", autocomplete: "off", autocapitalize: "none", pattern: "[a-z][a-z0-9._\\-]{0,31}", maxlength: "32", required: true });
  const password = el("input", { id: "new_password", type: "password", autocomplete: "new-password", minlength: "12", maxlength: "128", required: true });
  const role = roles("viewer", { id: "new_role" });
  const form = el("form", { class: "row" }, labelled(word("frame.name"), name), labelled(word("users.first_password"), password), labelled(word("users.role"), role), el("button", { class: "main", id: "add" }, word("users.add")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.attempt(async () => {
      await page.ask("/api/users/add", { name: name.value, password: password.value, role: role.value });
      await page.again();
      page.told(word("users.added", { name: name.value }));
    });
  });
  return el("div", { class: "panel" }, form, el("p", { class: "hint" }, word("users.roles_hint")));
}

// Give somebody else another password, who has forgotten theirs.
function resetting(users, page) {
  const others = users.map((user) => user.name).filter((name) => name !== page.me.name);
  if (!others.length) return el("p", { class: "panel" }, word("frame.none"));
  const name = choice(others.map((other) => [other, other]), "", { id: "reset_name" });
  const password = el("input", { id: "reset_password", type: "password", autocomplete: "new-password", minlength: "12", maxlength: "128", required: true });
  const form = el("form", { class: "row" }, labelled(word("frame.name"), name), labelled(word("users.next_password"), password), el("button", { id: "reset" }, word("users.reset")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    page.attempt(async () => {
      if (!(await sure(word("users.reset_sure", { name: name.value }), [word("users.signed_out")]))) return;
      await page.ask("/api/users/change", { name: name.value, password: password.value });
      password.value = "";
      page.told(word("users.changed_told", { name: name.value }));
    });
  });
  return el("div", { class: "panel" }, form);
}

export async function draw(main, page) {
  const { users } = await page.ask("/api/users");
  main.append(
    el("h2", {}, word("nav.users")),
    table(word("nav.users"), columns("users", "name", "role", "signed_in", "changed", "by", ""), users.map((user) => drawnUser(user, page))),
    el("h3", {}, word("users.new")),
    adding(page),
    el("h3", {}, word("users.forgotten")),
    resetting(users, page),
  );
}
