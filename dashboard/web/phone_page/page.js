// Taps wait in the browser until the server has them, and are sent in the order in which they were made.
"use strict";
const body = document.body, words = JSON.parse(body.dataset.words), KEY = "xunban:taps";  // of all versions: none is lost
const REACHED = {accept: "accepted", refuse: "refused", depart: "under_way", arrive: "on_site", clear: "cleared"};
const offline = document.getElementById("offline");
const unsent = document.getElementById("unsent"), told = document.getElementById("told"), ask = document.getElementById("ask");

const queue = () => JSON.parse(localStorage.getItem(KEY) || "[]");
const keep = (taps) => { localStorage.setItem(KEY, JSON.stringify(taps)); show(); };
const say = (text) => { told.textContent = text; told.hidden = !text; };
function show() {
  const taps = queue();
  unsent.hidden = taps.length === 0;
  unsent.textContent = words.unsent.replace("#", taps.length) + taps.map((tap) => tap.label).join(" · ");
  for (const tap of taps) if (tap.post === body.dataset.post) mark(tap);
}

function mark(tap) {
  if (tap.inlet_id) for (const button of document.querySelectorAll("article button[data-inlet]")) {
    if (button.dataset.inlet === tap.inlet_id && button.closest("article").dataset.job === tap.job_id)
      if (!button.dataset.amount && !button.dataset.reason)
        button.setAttribute("aria-pressed", String((button.dataset.kind || button.dataset.opens) === tap.kind));
  }
  for (const card of document.querySelectorAll("article")) {
    if (tap.case && card.dataset.case === String(tap.case)) card.classList.add("said");
    const whole = tap.job_id === null && ["open", "accepted", "refused"].includes(card.dataset.stage);
    if (REACHED[tap.kind] && (card.dataset.job === tap.job_id || whole)) {
      card.dataset.stage = REACHED[tap.kind];
      card.querySelector("mark").textContent = words.stages[REACHED[tap.kind]];
    }
  }
}

// A wrong tap is taken back within minutes: one that waits here is dropped, one that was sent is said to be a mistake.
const BACK = ["accept", "refuse", "delay", "depart", "arrive", "clear", "photo", "kit_used", "kit_missing", "inlet_cleared", "inlet_blocked", "inlet_open", "inlet_skipped"];
const back = document.getElementById("back");
let last = [], batch = null, backTimer = 0;
function offerBack(tap) {
  if (!BACK.includes(tap.kind) || !(Number(back.dataset.seconds) > 0)) return;
  if (batch) batch.push(tap);
  last = batch || [tap]; back.hidden = false;
  back.querySelector("span").textContent = words.sent + tap.label;
  clearTimeout(backTimer);
  backTimer = setTimeout(() => { back.hidden = true; }, Number(back.dataset.seconds) * 1000);
}
back.querySelector("button").addEventListener("click", async () => {
  back.hidden = true;
  for (const tap of last) {
    const waits = !is_sending() && queue().some((other) => other.event_id === tap.event_id);
    if (waits) keep(queue().filter((other) => other.event_id !== tap.event_id));
    else keep([...queue(), {event_id: newId(), kind: "take_back", about: tap.event_id, job_id: tap.job_id,
      device_at: new Date().toISOString(), post: tap.post, label: back.querySelector("button").textContent + " " + tap.label}]);
  }
  await send();
  location.reload();
});

function add(tap) {
  offerBack(tap);
  try { keep([...queue(), tap]); } catch (full) {  // the browser's store is full: the words matter more than the picture
    if (!tap.photo) { say(words.full); return; }
    keep([...queue(), {...tap, photo: null}]); say(words.no_photo);
  }
  send();
}

const OUTBOX = {queue, keep, say};
const send = () => send_all(OUTBOX);

async function look() {  // a newer version may have come while this page was open
  try {
    const answer = await fetch(body.dataset.post.replace(/events$/, "newer") + location.search);
    offline.hidden = true;
    const found = answer.ok ? await answer.json() : {};
    const link = document.getElementById("newer");
    if (found.asked) tell(found.asked);
    if (found.href && link.hidden) fetch(found.href).catch(() => {});  // so that it opens without a network, too
    if (found.href) { link.href = found.href; link.textContent = found.told; link.hidden = false; }
  } catch (lost) { offline.hidden = false; }
}

function tell(asked) {  // what the station asked, and what the desk has answered since
  document.getElementById("asked").replaceChildren(...asked.map((one) => {
    const line = document.createElement("p"), told = document.createElement("b");
    line.classList.toggle("waits", !one.answered);
    told.textContent = one.told;
    line.append(one.asked, told);
    return line;
  }));
}

function unfold(inlet, name) {  // what may be said next of this inlet
  for (const part of inlet.querySelectorAll(".then")) part.hidden = !part.classList.contains(name || "-");
}

function all_others(card) {  // every inlet of which nothing was said yet
  batch = [];
  for (const inlet of card.querySelectorAll(".one")) {
    if (!inlet.querySelector("[aria-pressed=true]")) inlet.querySelector("button[data-kind=inlet_cleared]").click();
    unfold(inlet, "");
  }
  batch = null;
}

function jobs_of(card) { return card ? JSON.parse(card.dataset.jobs) : [null]; }

function tap_of(button) {  // what a button says, of one job
  const card = button.closest("article"), inlet = button.closest(".one"), {kind} = button.dataset;
  const tap = {event_id: newId(), kind, job_id: card ? card.dataset.job : null, device_at: new Date().toISOString(),
    post: body.dataset.post, inlet_id: button.dataset.inlet,
    label: (button.dataset.inlet ? button.dataset.inlet + " " : "") + button.textContent + (card ? " " + card.querySelector("h3").firstChild.textContent.trim() : "")};
  if (button.dataset.finding) tap.incident = {kind: button.dataset.finding, segment_id: button.dataset.segment};
  if (button.dataset.case) tap.case = Number(button.dataset.case);
  if (button.dataset.unit) tap.unit_id = button.dataset.unit;
  if (button.dataset.item) tap.amounts = {[button.dataset.item]: 1};
  if (button.dataset.reason) tap.reason = button.dataset.reason;
  if (button.dataset.amount) {
    const shares = JSON.parse(inlet.dataset.shares || "{}");
    shares[button.dataset.amount] = Number(button.dataset.share);
    inlet.dataset.shares = JSON.stringify(shares);
    tap.amounts = shares;
    for (const other of inlet.querySelectorAll(`[data-amount=${button.dataset.amount}]`))
      other.setAttribute("aria-pressed", String(other === button));
  }
  return tap;
}

const OF_ALL = ["accept", "refuse", "depart", "arrive", "clear"];
function add_all(tap, card) {  // a watch of several hours is one card, and each hour of it a job
  const others = OF_ALL.includes(tap.kind) ? jobs_of(card).filter((job) => job !== tap.job_id) : [];
  const own = batch === null;
  if (own) batch = [];
  add(tap);
  for (const job of others) add({...tap, event_id: newId(), job_id: job, amounts: undefined, photo: undefined});
  if (own) batch = null;
}

document.addEventListener("click", (click) => {
  const opens = click.target.closest("button[data-opens]"), all = click.target.closest("button[data-all]");
  const share = click.target.closest("button[data-link]"), each = click.target.closest("button[data-each]");
  if (opens) unfold(opens.closest(".one"), opens.dataset.opens);
  if (all) all_others(all.closest("article"));
  if (share) hand_on(share);
  if (each) accept_each();
  const button = click.target.closest("button[data-kind]");
  if (!button) return;
  say("");
  const tap = tap_of(button), card = button.closest("article"), inlet = button.closest(".one");
  if (inlet) unfold(inlet, tap.kind === "inlet_cleared" ? tap.kind : "");
  if (button.dataset.ask) ask_for(button, tap); else add_all(tap, card);
});

function accept_each() {  // a crew answers for its own jobs, not for the station's sheet
  batch = [];
  for (const button of document.querySelectorAll("article[data-stage=open] button[data-kind=accept]")) button.click();
  batch = null;
}

async function hand_on(button) {  // a crew's own link, to whoever leads it
  const url = new URL(button.dataset.link + location.search, location.href).href;
  try {
    if (navigator.share) { await navigator.share({title: button.dataset.title, url}); return; }
    await navigator.clipboard.writeText(url);
    say(words.copied);
  } catch (no) { if (no.name !== "AbortError") say(url); }  // without https: to be copied by hand
}

// Where an incident is: the station's roads first, all of the district by a search, the nearest by the phone's own place.
let roads = null, here = null;
async function load_roads() {
  try {
    const answer = await fetch(body.dataset.roads + location.search);
    if (answer.ok) roads = await answer.json();
  } catch (lost) { /* asked again when it is needed */ }
}
const metres = (road) => {  // good enough within a district
  const east = (road.at[0] - here[0]) * 111320 * Math.cos(here[1] * Math.PI / 180), north = (road.at[1] - here[1]) * 110540;
  return Math.hypot(east, north);
};
function show_roads(form) {
  const wanted = form.elements.road.value.trim().toLowerCase(), list = document.getElementById("roads");
  const chosen = form.elements.segment_id ? new FormData(form).get("segment_id") : null;
  let found = (roads || []).filter((road) => road.name.toLowerCase().includes(wanted));
  if (here && !wanted) found = found.sort((one, other) => metres(one) - metres(other));
  const shown = found.slice(0, wanted ? 12 : 6), kept = (roads || []).find((road) => road.id === chosen);
  if (kept && !shown.includes(kept)) shown.unshift(kept);
  list.replaceChildren(...[...shown, {id: "", name: words.elsewhere}].map((road) => {
    const label = document.createElement("label"), input = document.createElement("input"), name = document.createElement("span");
    input.type = "radio"; input.name = "segment_id"; input.value = road.id; input.checked = road.id === chosen;
    name.textContent = road.name + (here && road.at ? " " + words.near.replace("#", Math.round(metres(road) / 10) * 10) : "");
    label.append(input, name);
    return label;
  }));
  if (!roads) list.prepend(words.no_roads);
}
document.getElementById("here").addEventListener("click", (click) => {
  if (!navigator.geolocation) return;
  navigator.geolocation.getCurrentPosition((found) => {
    here = [found.coords.longitude, found.coords.latitude];
    show_roads(click.target.form);
  }, () => {}, {enableHighAccuracy: true, timeout: 10000, maximumAge: 60000});
});

function wrong_in(form, text, parts) {  // what is missing still, in words; nothing is chosen for anybody
  const said = new FormData(form);
  if (parts.includes("incident") && !said.get("incident_kind")) return words.what_is_it;
  if (parts.includes("later") && !said.get("minutes")) return words.which_minutes;
  if (parts.includes("incident") && !said.get("segment_id") && !text.value.trim()) return words.where;
  return "";
}

function ask_for(button, tap) {
  const form = ask.querySelector("form"), parts = (button.dataset.parts || "").split(" "), card = button.closest("article");
  const text = ask.querySelector("textarea"), wrong = ask.querySelector(".wrong");
  form.reset(); wrong.hidden = true; here = null;
  document.getElementById("roads").replaceChildren();
  ask.querySelector("h2").textContent = tap.label;
  for (const part of ask.querySelectorAll(".part")) part.hidden = !parts.some((name) => name && part.classList.contains(name));
  text.required = Boolean(button.dataset.needs) || parts.includes("unit");
  ask.querySelector(".reason span").textContent = parts.includes("unit") ? words.deputy : text.required ? words.needed : words.reason;
  if (parts.includes("incident")) {
    show_roads(form);
    if (!roads) load_roads().then(() => show_roads(form));
  }
  form.elements.road.oninput = () => show_roads(form);
  const is_whole = () => {
    const told = wrong_in(form, text, parts);
    wrong.textContent = told; wrong.hidden = !told;
    if (told) wrong.scrollIntoView({block: "center"});
    return !told;
  };
  form.onsubmit = (submit) => { if (submit.submitter && submit.submitter.value === "yes" && !is_whole()) submit.preventDefault(); };
  for (const chip of ask.querySelectorAll("[data-says]")) chip.onclick = () => {
    text.value = chip.dataset.says;
    if (chip.dataset.persuaded) tap.incident.persuaded = chip.dataset.persuaded === "yes";
    if (is_whole()) ask.close("yes");
  };
  for (const chip of ask.querySelectorAll("[data-count]")) chip.onclick = () => {
    tap.amounts = {[chip.dataset.item || button.dataset.item]: Number(chip.dataset.count)};
    ask.close("yes");
  };
  ask.onclose = () => { if (ask.returnValue === "yes") told_in(form, tap, parts, button.dataset.photo, card); };
  ask.returnValue = "no";
  ask.showModal();
}

async function told_in(form, tap, parts, needs_photo, card) {
  const said = new FormData(form), number = (name) => said.get(name) ? Number(said.get(name)) : undefined;
  if (said.get("reason").trim()) tap.reason = said.get("reason").trim();
  if (parts.includes("amounts")) {
    tap.amounts = {};
    for (const name of ["silt_m3", "inlets"]) if (number(name) !== undefined) tap.amounts[name] = number(name);
  }
  if (parts.includes("later")) tap.amounts = {minutes: number("minutes")};
  if (parts.includes("unit")) tap.unit_id = said.get("unit_id");
  if (parts.includes("incident")) {
    tap.incident = {kind: said.get("incident_kind"), segment_id: said.get("segment_id") || null, depth_cm: number("depth_cm")};
  }
  const file = parts.includes("photo") ? said.get("photo") : null;
  if (needs_photo && !(file && file.size)) return;  // a picture without one says nothing
  if (file && file.size) try { tap.photo = await small(file); } catch (odd) { say(words.no_photo); }
  add_all(tap, card);
}

const large = document.getElementById("large"), LARGE = "xunban:large";
function set_large(on) {
  document.documentElement.classList.toggle("large", on);
  large.setAttribute("aria-pressed", String(on));
}
large.addEventListener("click", () => {
  const on = !document.documentElement.classList.contains("large");
  localStorage.setItem(LARGE, on ? "1" : ""); set_large(on);
});
set_large(Boolean(localStorage.getItem(LARGE)));

async function keep_for_later() {  // the worker keeps what is asked through it, so the page of the first visit is asked for once more
  if (!navigator.serviceWorker) return;  // without https there is none
  const first = !navigator.serviceWorker.controller;
  try {
    await navigator.serviceWorker.register("/s/sw.js");
    if (!first) return;
    if (!navigator.serviceWorker.controller)
      await new Promise((done) => { navigator.serviceWorker.addEventListener("controllerchange", done, {once: true}); });
    await Promise.all([location.href, "/s/static/page.css", "/s/static/outbox.js", "/s/static/page.js", body.dataset.roads + location.search].map((one) => fetch(one)));
    body.dataset.kept = "1";
  } catch (no) { /* it opens with a network only */ }
}

ask.querySelector('button[value="no"]').formNoValidate = true;
addEventListener("online", () => { send(); look(); });
addEventListener("offline", () => { offline.hidden = false; });
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
setInterval(send, 15000);
setInterval(look, 60000);
show();
const newest = document.getElementById("newer");
if (!newest.hidden && !queue().length && navigator.onLine) location.replace(newest.href);  // whoever opens an old message wants today's plan
send();
look();
load_roads();
keep_for_later();
