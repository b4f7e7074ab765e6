// The event stream: notices when it is lost or silent, and begins again by itself with back-off.

import { named } from "./i18n.js";

const KINDS = [
  "pulse", "readings", "peers", "forecast", "plan", "control", "carbon",
  "prices", "intensity", "incident", "incidents",
  "quality", "suspense", "balances", "edits", "spool", "connections", "answered",
];
const SILENT_MS = 6000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

// Call `on.event(kind, body)` for every event and `on.open()` / `on.lost(waitMs)` as it goes.
export function watch(url, on) {
  let source = null;
  let waitMs = FIRST_WAIT_MS;
  let silence = 0;
  let again = 0;

  function begin() {
    source = new EventSource(url);
    let opened = false;
    hear();
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        hear();
        if (!opened) {
          opened = true;
          waitMs = FIRST_WAIT_MS;
          on.open();
        }
        on.event(kind, JSON.parse(event.data));
      });
    }
    source.onerror = retry;
  }

  function hear() {
    clearTimeout(silence);
    silence = setTimeout(retry, SILENT_MS);
  }

  function retry() {
    clearTimeout(silence);
    clearTimeout(again);
    source.close();
    on.lost(waitMs);
    again = setTimeout(begin, waitMs * (0.8 + 0.4 * Math.random()));
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  begin();
}

export function refusalOf(body, answer) {
  const en = body.error || `HTTP ${answer.status}`;
  const said = { en, zh: body.error_zh || en };
  return Object.assign(new Error(named(said)), { said });
}

// Ask the console; a refusal becomes an Error with the server's own words, `said` in both languages.
export async function ask(path, order) {
  const request = order === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  };
  const answer = await fetch(path, request);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const refusal = refusalOf(body, answer);
    refusal.status = answer.status;
    throw refusal;
  }
  return body;
}
