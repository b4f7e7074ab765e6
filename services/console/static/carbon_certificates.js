// The certificates of the year: how each stands and what of it is left to claim.

import { byId, el, refill, setText } from "./dom.js";
import { has, language, t } from "./i18n.js";
import { day, number } from "./format.js";
import { energyText, enterpriseName, whole } from "./carbon_model.js";
import { absent, nameCell, table } from "./carbon_parts.js";

const SHOWN = 200;

export function drawCertificates(certificates, year, park) {
  const { body } = certificates;
  const all = body?.certificates ?? [];
  const words = all.length ? t(all.length > SHOWN || body.more ? "certificates_first" : "certificates_n", { n: number(Math.min(all.length, SHOWN)), year }) : year;
  setText(byId("certificates-count"), body ? words : "");
  refill(byId("certificate-list"), JSON.stringify([certificates, language()]), () => {
    if (!body) return [absent(certificates.why)];
    if (!all.length) return [el("p", { class: "quiet" }, t("certificates_none", { year }))];
    const head = [[t("certificate"), false], [t("production"), false], [t("holder"), false], [t("state"), false], [t("quantity"), true], [t("remaining"), true]];
    return [byState(all, body.more), table(head, all.slice(0, SHOWN).map((one) => row(one, park)), t("certificates"))];
  });
}

// What is left, state by state; not where the service has more than it told.
function byState(all, more) {
  if (more) return null;
  const states = [...new Set(all.map(({ state }) => state))];
  const left = (state) => all.filter((one) => one.state === state).reduce((sum, one) => sum + BigInt(one.remaining_wh), 0n);
  return el("p", { class: "state-sums" }, ...states.map((state) => el("span", {}, `${t(`certificate_${state}`)}: `, el("b", {}, energyText(left(state))))));
}

const who = (id, park) => (id === "park" ? t("whole_park") : enterpriseName(id, park));

function row(one, park) {
  const holder = one.beneficiary ? `${who(one.owner, park)} → ${who(one.beneficiary, park)}` : who(one.owner, park);
  return el("tr", { "data-certificate": one.id },
    nameCell(el("span", { class: "because" }, one.id), el("span", { class: "note" }, `${t(`instrument_${one.instrument}`)} · ${has(`technology_${one.technology}`) ? t(`technology_${one.technology}`) : one.technology}`)),
    el("td", {}, el("span", {}, day(one.start)), one.expires_at ? el("span", { class: "note" }, t("carbon_expires", { time: day(one.expires_at) })) : null),
    el("td", {}, holder), el("td", { class: `state-${one.state}` }, t(`certificate_${one.state}`)),
    el("td", { class: "num", title: `${whole(one.quantity_wh)} Wh` }, energyText(one.quantity_wh)),
    el("td", { class: "num", title: `${whole(one.remaining_wh)} Wh` }, energyText(one.remaining_wh)));
}
