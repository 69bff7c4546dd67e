// How the centre is asked: JSON both ways; what it refuses is a problem document (RFC 9457), thrown as a Refusal.

let csrf = "";

export class Refusal extends Error {
  constructor({ code, title, detail, hint, status }, waitS = 0) {
    super(title);
    Object.assign(this, { code, title, detail, hint, status, waitS });
  }
}

export function sayToken(token) {
  csrf = token;
}

// GET without members, else POST. `poll`: the page asks by itself, and nobody need be there.
export async function ask(path, members, { poll = false } = {}) {
  const headers = { ...(poll ? { "X-Fleet-Poll": "1" } : {}), ...(members ? { "Content-Type": "application/json", "X-Fleet-Token": csrf } : {}) };
  let answer;
  try {
    answer = await fetch(path, members ? { method: "POST", headers, body: JSON.stringify(members) } : { headers });
  } catch {
    throw new Refusal({ code: "unreachable", title: "The centre does not answer", detail: "", hint: "", status: 0 });
  }
  const told = await answer.json().catch(() => ({ code: "unreachable", title: `HTTP ${answer.status}`, status: answer.status }));
  if (answer.ok) return told;
  throw new Refusal(told, Number(answer.headers.get("Retry-After") ?? 0));
}
