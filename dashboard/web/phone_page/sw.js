// Keeps the sheets that were opened, so that they open without a network: the newest that could be had, else the last.
"use strict";
const KEPT = "xunban-sheets-1", MOST = 24, WAIT_MS = 6000;  // so long a poor network may take before the kept one is shown

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const {request} = event, {pathname} = new URL(request.url);
  if (request.method !== "GET" || !pathname.startsWith("/s/") || /[/](newer|answers)$/.test(pathname)) return;
  event.respondWith(newest(event));
});

async function newest(event) {
  const {request} = event, cache = await caches.open(KEPT);
  const kept = (await cache.match(request)) || (await cache.match(request, {ignoreSearch: true}));
  const asked = ask(cache, request);
  if (!kept) return asked;
  event.waitUntil(asked.catch(() => {}));  // it is kept even if it comes too late to be shown
  const late = new Promise((done) => { setTimeout(() => done(kept), WAIT_MS); });
  const answer = await Promise.race([asked.catch(() => kept), late]);
  return answer.status >= 500 ? kept : answer;
}

async function ask(cache, request) {
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.delete(request);  // put anew, the newest is last
    await cache.put(request, answer.clone());
    const old = (await cache.keys()).filter((one) => !new URL(one.url).pathname.startsWith("/s/static/"));
    for (const one of old.slice(0, -MOST)) await cache.delete(one);
  } else if (answer.status === 403 || answer.status === 404) {
    await cache.delete(request, {ignoreSearch: true});  // a link that is over shows nothing any more
  }
  return answer;
}
