// The reports of the chosen month: asked for, and handed over as a file.

import { byId, el, refill, setText } from "./dom.js";
import { language, t } from "./i18n.js";
import { enterpriseName } from "./carbon_model.js";
import { refusalOf } from "./stream.js";

const FORMATS = ["pdf", "xlsx"];
const LANGUAGES = ["zh", "en"];
const KINDS = ["monthly", "inventory", "evidence"];

export function drawReports(month, park) {
  refill(byId("report-form"), JSON.stringify([month, language()]), () => (month ? [form(month, park)] : [el("p", { class: "quiet" }, "…")]));
}

function form(month, park) {
  const outcome = el("p", { class: "outcome", role: "status" });
  const whose = select("enterprise", t("enterprise"), [["", ""], ...[...park.tenants.map(({ id }) => id), "park"].map((id) => [id, enterpriseName(id, park)])]);
  const kinds = select("kind", t("report_kind"), KINDS.map((kind) => [kind, t(`report_${kind}`)]));
  const onchange = () => (whose.hidden = kinds.querySelector("select").value !== "inventory");
  kinds.addEventListener("change", onchange);
  onchange();
  const buttons = LANGUAGES.flatMap((tongue) => FORMATS.map((format) => el("button", { type: "submit", value: `${tongue} ${format}` }, `${t(`report_in_${tongue}`)} ${format.toUpperCase()}`)));
  const onsubmit = (event) => {
    event.preventDefault();
    const [tongue, format] = event.submitter.value.split(" ");
    const given = new FormData(event.currentTarget);
    const enterprise = given.get("kind") === "inventory" ? given.get("enterprise") : "";
    fetched(new URLSearchParams({ kind: given.get("kind"), month, enterprise, language: tongue, format }), buttons, outcome);
  };
  return el("form", { onsubmit }, el("p", { class: "fields" }, el("b", {}, month), kinds, whose), el("p", { class: "choices" }, ...buttons), outcome);
}

function select(name, label, options) {
  return el("label", {}, el("span", {}, label), el("select", { name }, ...options.map(([value, words]) => el("option", { value }, words))));
}

async function fetched(query, buttons, outcome) {
  for (const button of buttons) button.disabled = true;
  say(outcome, t("report_writing"));
  try {
    const answer = await fetch(`/api/carbon-report?${query}`);
    if (!answer.ok) throw refusalOf(await answer.json().catch(() => ({})), answer);
    const name = decodeURIComponent((answer.headers.get("Content-Disposition") ?? "").split("''")[1] ?? "report");
    save(await answer.blob(), name);
    say(outcome, `✓ ${name}`);
  } catch (refusal) {
    say(outcome, `✕ ${t("not_available", { why: refusal.message })}`, "warn-text");
  }
  for (const button of buttons) button.disabled = false;
}

function save(file, name) {
  const url = URL.createObjectURL(file);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function say(outcome, text, kind = "") {
  setText(outcome, text);
  outcome.className = `outcome ${kind}`;
}
