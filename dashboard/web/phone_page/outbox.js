// What waits in the browser until the server has it, sent in the order in which it was said: of sheets and of report points.
"use strict";
// Without https a browser gives no randomUUID: 16 random bytes are as good.
const newId = () => crypto.randomUUID ? crypto.randomUUID()
  : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

let sending = false;
const is_sending = () => sending;
async function send_all(outbox) {  // queue(), keep(those that still wait), say(words)
  if (sending) return;
  sending = true;
  const shut = new Set();  // links that no longer count: what they hold waits, the rest goes on
  const next = () => outbox.queue().find((tap) => !shut.has(tap.post));
  try {
    for (let tap = next(); tap; tap = next()) {
      const {label, post, ...event} = tap;
      const answer = await fetch(post, {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({...event, sent_at: new Date().toISOString()})});
      if (answer.status === 429 && outbox.waits) outbox.waits((await answer.json()).message);
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return;
      if (answer.status === 403 || answer.status === 404) { outbox.say((await answer.json()).message); shut.add(post); continue; }
      if (!answer.ok) outbox.say(label + ": " + (await answer.json()).message);
      outbox.keep(outbox.queue().filter((other) => other.event_id !== tap.event_id));
    }
  } catch (lost) { /* no network: tried again later */ } finally { sending = false; }
}

async function small(file) {  // a phone's picture is some megabytes; 1600 pixels tell enough
  const picture = await createImageBitmap(file), scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.75).split(",")[1];
}
