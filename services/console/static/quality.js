// The data-quality page: what can be believed of the last 24 hours, and what waits for a decision.

import { byId, setText } from "./dom.js";
import { moment, span } from "./format.js";
import { t } from "./i18n.js";
import { begin, page } from "./page.js";
import { Account } from "./quality_account.js";
import { drawBalances } from "./quality_balances.js";
import { DecisionPanel } from "./quality_decide.js";
import { Edits } from "./quality_edits.js";
import { ageOf, firstQuarter, sourcesOf } from "./quality_model.js";
import { drawReasons } from "./quality_reasons.js";
import { drawSources } from "./quality_sources.js";
import { QualityTiles } from "./quality_tiles.js";

const AGES = [
  ["quality-age", "quality"], ["reasons-age", "quality"], ["suspense-age", "suspense"], ["balances-age", "balances"], ["edits-age", "edits"],
];
let parts = {};

begin({ urgent: ["quality", "suspense", "balances", "edits"], build, draw, renamed: () => parts.tiles.build() });

function build(store) {
  const decide = new DecisionPanel(store);
  parts = { tiles: new QualityTiles(store), account: new Account(store, decide), edits: new Edits(store, decide) };
}

function draw() {
  const { store } = page;
  const sources = sourcesOf(store);
  parts.tiles.draw(sources);
  drawSources(sources, firstQuarter(store.now), store);
  drawReasons(sources, store.asked);
  parts.account.draw();
  drawBalances(store);
  parts.edits.draw();
  for (const [place, question] of AGES) drawAge(byId(place), question, store);
  const { user } = store.park;
  setText(byId("user"), user.may_steer ? t("signed_in", { name: user.name }) : `${t("signed_in", { name: user.name })} · ${t("look_only")}`);
}

// As of when a card's answer is; clearly, when the service no longer gives it.
function drawAge(place, question, store) {
  const service = t("peer_validation");
  const age = ageOf(store, question);
  const words = !age.known ? t("never_answered", { service })
    : age.away ? t("away_since", { service, time: moment(age.at, store.now), span: span(age.age_s) })
      : t("as_of", { time: moment(told(question, store) ?? age.at, store.now) });
  setText(place, age.away ? `⚠ ${words}` : words);
  place.classList.toggle("warn-text", age.away);
  place.closest(".card").classList.toggle("old", age.away && age.known);
}

// What validation says of readings is as of its newest checkpoint, which is older than the answer.
function told(question, { asked }) {
  if (question !== "quality" || !asked.quality?.length) return null;
  return asked.quality.map((one) => one.as_of).sort().at(-1);
}
