// The questions of the page of carbon: each asked when what it is about changes, and now and then.

import { soon } from "./page.js";
import { ask } from "./stream.js";

const isAnswered = (answer) => Boolean(answer?.body || answer?.why);

export class Questions {
  constructor() {
    this.answers = {};
  }

  // What was answered to `path`: {body, why}; neither while nobody has answered. Asks again after
  // `everyMs`; until that is answered the answer before stands.
  of(name, path, everyMs) {
    const question = `${path} ${Math.floor(Date.now() / everyMs)}`;
    const known = this.answers[name];
    if (known?.question !== question) this.put(name, path, question);
    const shown = this.answers[name];
    return { body: shown.body, why: shown.why };
  }

  // The answers to [name, path] as of `of`, each asked only when those before it and the ones named
  // `first` are answered; nothing until then. After a refusal asks again sooner, after `againMs`.
  inTurn(first, asked, everyMs, againMs) {
    let isTurn = first.every((name) => isAnswered(this.answers[name]));
    return asked.map(([name, path]) => {
      if (!isTurn) return { body: null, why: null };
      const answer = this.of(name, path, this.answers[name]?.why ? againMs : everyMs);
      isTurn = isAnswered(answer);
      return answer;
    });
  }

  // Ask everything again at once: somebody decided.
  again() {
    for (const known of Object.values(this.answers)) known.question = "";
    soon();
  }

  async put(name, path, question) {
    const known = this.answers[name];
    const kept = known?.path === path ? known : { body: null, why: null };
    const asked = { path, question, body: kept.body, why: kept.why };
    this.answers[name] = asked;
    try {
      Object.assign(asked, { body: await ask(path), why: null });
    } catch (refusal) {
      Object.assign(asked, { body: null, why: { status: refusal.status ?? 0, text: refusal.said ?? { en: refusal.message, zh: refusal.message } } });
    }
    if (this.answers[name] === asked) soon();
  }
}
