// How the claims for a year stand against the Scope 2 quality criteria: one line, the rest on demand.

import { byId, el, refill } from "./dom.js";
import { language, named, t } from "./i18n.js";
import { number } from "./format.js";
import { enterpriseName } from "./carbon_model.js";
import { absent } from "./carbon_parts.js";

const SHOWN = 50;

export function drawClaims(quality, year, park) {
  const { body } = quality;
  refill(byId("claim-quality"), JSON.stringify([quality, language()]), () => {
    if (!body) return [absent(quality.why)];
    return body.count ? [line(body, year), list(body.open, park)] : [];
  });
}

function line({ count, meeting, more, unverified }, year) {
  const words = t(more ? "claims_meet_first" : "claims_meet", { n: number(meeting), all: number(count), year });
  return el("p", { class: meeting < count ? "warn-text" : "" }, words, unverified ? el("span", { class: "note" }, t("claims_unread")) : null);
}

function list(open, park) {
  if (!open.length) return null;
  const rest = open.length - SHOWN;
  const more = rest > 0 ? el("li", {}, t("claims_more", { n: number(rest) })) : null;
  return el("details", {}, el("summary", { class: "note" }, t("claims_open", { n: number(open.length) })),
    el("ul", { class: "note" }, ...open.slice(0, SHOWN).map((one) => row(one, park)), more));
}

function row({ claim, claimant, criteria }, park) {
  const whose = claimant === "park" ? t("whole_park") : enterpriseName(claimant, park);
  const why = criteria.map((one) => el("div", {}, `${t(`criterion_${one.number}`)}: ${t(`claim_${one.verdict}`)} – ${named(one.why)}`));
  return el("li", { "data-claim": claim }, el("b", {}, claim), ` · ${whose}`, ...why);
}
