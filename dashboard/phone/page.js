// Taps wait in the browser until the server has them, and are sent in the order in which they were made.
"use strict";
const body = document.body, words = JSON.parse(body.dataset.words), KEY = "xunban:" + body.dataset.post;
const REACHED = {accept: "accepted", refuse: "refused", depart: "under_way", arrive: "on_site", clear: "cleared"};
const unsent = document.getElementById("unsent"), told = document.getElementById("told"), ask = document.getElementById("ask");
let sending = false;

const queue = () => JSON.parse(localStorage.getItem(KEY) || "[]");
const keep = (taps) => { localStorage.setItem(KEY, JSON.stringify(taps)); show(); };
const say = (text) => { told.textContent = text; told.hidden = !text; };
// Without https a browser gives no randomUUID: 16 random bytes are as good.
const newId = () => crypto.randomUUID ? crypto.randomUUID()
  : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function show() {
  const taps = queue();
  unsent.hidden = taps.length === 0;
  unsent.textContent = words.unsent.replace("#", taps.length) + taps.map((tap) => tap.label).join(" · ");
  for (const tap of taps) mark(tap);
}

function mark(tap) {
  for (const card of document.querySelectorAll("article")) {
    const whole = tap.job_id === null && ["open", "refused"].includes(card.dataset.stage);
    if (REACHED[tap.kind] && (card.dataset.job === tap.job_id || whole)) {
      card.dataset.stage = REACHED[tap.kind];
      card.querySelector("mark").textContent = words.stages[REACHED[tap.kind]];
    }
  }
}

function add(tap) {
  try { keep([...queue(), tap]); } catch (full) {  // the browser's store is full: the words matter more than the picture
    if (!tap.photo) { say(words.full); return; }
    keep([...queue(), {...tap, photo: null}]); say(words.no_photo);
  }
  send();
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let tap = queue()[0]; tap; tap = queue()[0]) {
      const {label, ...event} = tap;
      const answer = await fetch(body.dataset.post, {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({...event, sent_at: new Date().toISOString()})});
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return;
      if (answer.status === 403 || answer.status === 404) { say((await answer.json()).message); return; }
      if (!answer.ok) say(label + ": " + (await answer.json()).message);
      keep(queue().filter((other) => other.event_id !== tap.event_id));
    }
  } catch (lost) { /* no network: tried again below */ } finally { sending = false; }
}

async function small(file) {  // a phone's picture is some megabytes; 1600 pixels tell enough
  const picture = await createImageBitmap(file), scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.75).split(",")[1];
}

document.addEventListener("click", (click) => {
  const button = click.target.closest("button[data-kind]");
  if (!button) return;
  say("");
  const card = button.closest("article"), {kind} = button.dataset;
  const tap = {event_id: newId(), kind, job_id: card ? card.dataset.job : null, device_at: new Date().toISOString(),
    label: button.textContent + (card ? " " + card.querySelector("h2").firstChild.textContent.trim() : "")};
  if (!button.dataset.ask && !button.dataset.form) { add(tap); return; }
  const form = ask.querySelector("form");
  form.reset();
  ask.querySelector("h2").textContent = tap.label;
  ask.querySelector(".amounts").hidden = !button.dataset.form;
  ask.querySelector("textarea").required = kind === "refuse";
  ask.onclose = async () => {
    if (ask.returnValue !== "yes") return;
    const said = new FormData(form), amounts = {};
    for (const name of ["silt_m3", "inlets"]) if (said.get(name)) amounts[name] = Number(said.get(name));
    if (button.dataset.form) tap.amounts = amounts;
    if (said.get("reason").trim()) tap.reason = said.get("reason").trim();
    const file = said.get("photo");
    if (file && file.size) try { tap.photo = await small(file); } catch (odd) { say(words.no_photo); }
    add(tap);
  };
  ask.returnValue = "no";
  ask.showModal();
});
ask.querySelector('button[value="no"]').formNoValidate = true;
addEventListener("online", send);
setInterval(send, 15000);
show();
send();
