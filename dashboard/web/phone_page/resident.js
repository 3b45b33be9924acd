// A report waits in the browser until the server has it; what became of it is shown on this page, on this phone.
"use strict";
const body = document.body, words = JSON.parse(body.dataset.words), base = body.dataset.base;
const WAITING = "xunban:reports", KNOWN = "xunban:reported", MOST_KNOWN = 20;
const form = document.getElementById("report"), unsent = document.getElementById("unsent"), told = document.getElementById("told");

const read = (key) => JSON.parse(localStorage.getItem(key) || "[]");
const say = (text) => { told.textContent = text; told.hidden = !text; };
const OUTBOX = {
  queue: () => read(WAITING), say, waits: say,
  keep: (reports) => { localStorage.setItem(WAITING, JSON.stringify(reports)); show_waiting(); },
};
const known = () => read(KNOWN).filter((one) => one.base === base);

function show_waiting() {
  const waiting = OUTBOX.queue();
  unsent.hidden = waiting.length === 0;
  unsent.textContent = words.unsent.replace("#", waiting.length) + waiting.map((one) => one.label).join(" · ");
}

function show_known(answers) {
  const waiting = new Set(OUTBOX.queue().map((one) => one.event_id));
  document.getElementById("own").hidden = known().length === 0;
  document.getElementById("reports").replaceChildren(...known().reverse().map((one) => {
    const box = document.createElement("div"), what = document.createElement("b"), state = document.createElement("p");
    const answer = answers[one.id];
    box.className = "report";
    what.textContent = one.label + " · " + new Date(one.at).toLocaleString(document.documentElement.lang);
    state.textContent = answer ? answer.state : waiting.has(one.id) ? words.kept : "";
    state.classList.toggle("closed", Boolean(answer && answer.closed));
    box.append(what, state);
    if (answer && answer.photo) {
      const picture = document.createElement("img");
      picture.src = answer.photo; picture.alt = answer.state;
      box.append(picture);
    }
    return box;
  }));
}

let last = {};
async function look() {
  const ids = known().map((one) => one.id);
  if (ids.length) try {
    const answer = await fetch(base + "/answers" + (location.search || "?") + "&ids=" + ids.join(","));
    if (answer.ok) last = await answer.json();
  } catch (lost) { /* no network: asked again later */ }
  show_known(last);
}

async function send() { await send_all(OUTBOX); await look(); }

form.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const said = new FormData(form), wrong = form.querySelector(".wrong"), file = said.get("photo"), text = said.get("reason").trim();
  const missing = !said.get("kind") ? words.what : !said.get("segment_id") ? words.where : said.get("kind") === "other" && !text ? words.say : "";
  wrong.textContent = missing; wrong.hidden = !missing;
  if (missing) return;
  say("");
  const chosen = form.querySelector("input[name=kind]:checked");
  const report = {event_id: newId(), kind: said.get("kind"), segment_id: said.get("segment_id"), reason: text,
    device_at: new Date().toISOString(), post: base + "/events", label: chosen.nextElementSibling.textContent};
  if (file && file.size) try { report.photo = await small(file); } catch (odd) { say(words.no_photo); }
  try { OUTBOX.keep([...OUTBOX.queue(), report]); } catch (full) {  // the browser's store is full: the words matter more
    if (!report.photo) { say(words.full); return; }
    delete report.photo; OUTBOX.keep([...OUTBOX.queue(), report]); say(words.no_photo);
  }
  const all = [...read(KNOWN), {id: report.event_id, label: report.label, at: report.device_at, base}];
  localStorage.setItem(KNOWN, JSON.stringify(all.slice(-MOST_KNOWN)));
  form.reset();
  send();
});

async function keep_for_later() {  // the page opens without a network from its second visit on
  if (!navigator.serviceWorker) return;
  try { await navigator.serviceWorker.register("/s/sw.js"); } catch (no) { /* with a network only */ }
}

addEventListener("online", send);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
setInterval(send, 30000);
show_waiting();
send();
keep_for_later();
