// A drawing that answers: a click on what has data-act, a bar dragged to another time or row, a map
// moved and zoomed. What is drawn comes from the server; here is only what a hand does to it.
const STEP = 5 * 60000, SLACK = 6;  // a drag snaps to five minutes; less than so many pixels is a click

export default function (component) {
  const { parentElement: root, data, setTriggerValue } = component;
  const self = root.xunban ??= begin(root);
  self.send = (act) => setTriggerValue("act", act);
  self.words = data.words;
  if (self.html !== data.html) {
    self.html = data.html;
    if (self.busy) self.late = true; else draw(self);
  }
}

function begin(root) {
  const box = document.createElement("div");
  box.className = "xb-surface";
  root.append(box);
  const self = { box, html: null, busy: false, late: false, view: null };
  box.addEventListener("click", (event) => click(self, event));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset.act) click(self, event);
  });
  box.addEventListener("pointerdown", (event) => press(self, event));
  box.addEventListener("wheel", (event) => turn(self, event), { passive: false });
  return self;
}

function draw(self) {
  self.late = false;
  const old = self.box.firstElementChild, places = old && [old.scrollLeft, old.scrollTop];
  self.box.innerHTML = self.html;
  const drawn = self.box.firstElementChild;
  if (places && drawn) [drawn.scrollLeft, drawn.scrollTop] = places;
  const map = self.box.querySelector("svg[data-map]");
  if (map) {
    const whole = map.getAttribute("viewBox").split(" ").map(Number);
    if (self.whole + "" !== whole + "") self.view = self.whole = whole;
    show(self, map);
  }
}

function free(self) {
  self.busy = false;
  if (self.late) draw(self);
}

function click(self, event) {
  const target = event.target.closest("[data-act]");
  const ground = event.target.closest("svg[data-points]");
  if (self.dragged) return;
  if (ground && !event.key) point(self, event, ground);
  else if (target?.dataset.act === "zoom") zoom(self, Number(target.dataset.id), 0.5, 0.5);
  else if (target) self.send({ kind: target.dataset.act, id: target.dataset.id, at: Date.now() });
}

function point(self, event, map) {
  const box = map.getBoundingClientRect(), [left, top, wide, high] = self.view;
  const x = left + (event.clientX - box.left) / box.width * wide;
  const y = top + (event.clientY - box.top) / box.height * high;
  self.send({ kind: "point", id: map.dataset.points, x, y, at: Date.now() });
}

function press(self, event) {
  self.dragged = false;
  if (event.button) return;
  const bar = event.target.closest("[data-drag]"), map = event.target.closest("svg[data-map]");
  if (bar && event.pointerType !== "touch") follow(self, event, bar, drag);
  else if (map && (event.pointerType !== "touch" || isNear(self))) follow(self, event, map, pan);
}

function follow(self, first, target, act) {
  const moves = act(self, first, target);
  const move = (event) => {
    if (event.pointerId !== first.pointerId) return;
    const far = Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY);
    if (!self.dragged && far < SLACK) return;
    self.dragged = self.busy = true;
    moves.move(event);
  };
  const end = (event) => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    window.removeEventListener("keydown", leave);
    if (self.dragged) moves.end(event);
    setTimeout(() => { self.dragged = false; });  // the click that follows is none
    free(self);
  };
  const leave = (event) => { if (event.key === "Escape") end(null); };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
  window.addEventListener("keydown", leave);
  if (target.dataset.drag) first.preventDefault();
}

function drag(self, first, bar) {
  const chart = bar.closest(".xb-time"), track = bar.parentElement.getBoundingClientRect();
  const span = chart.dataset.to - chart.dataset.from, row = bar.closest(".row");
  const ghost = bar.cloneNode(true), note = document.createElement("div");
  note.className = "xb-drag";
  ghost.classList.add("ghost");
  let over = row, start = Number(bar.dataset.start);
  return {
    move(event) {
      const late = (event.clientX - first.clientX) / track.width * span;
      start = Math.round((Number(bar.dataset.start) + late) / STEP) * STEP;
      if (Math.abs(late) < STEP) start = Number(bar.dataset.start);
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".row");
      if (under && row.dataset.unit && under.dataset.unit) over = under;
      over.querySelector(".track").append(ghost);
      const from = Number(chart.dataset.from);
      ghost.style.left = (start - from) / span * 100 + "%";
      document.body.append(note);
      const time = new Date(start + self.words.offset).toISOString().slice(11, 16);
      note.textContent = time + " " + (over.dataset.unit ? over.dataset.name : "");
      note.style.left = event.clientX + 14 + "px";
      note.style.top = event.clientY - 30 + "px";
    },
    end(event) {
      ghost.remove();
      note.remove();
      const moved = start !== Number(bar.dataset.start) || over !== row;
      if (event && moved) self.send({
        kind: "move", id: bar.dataset.id, unit: bar.dataset.unit, to: over.dataset.unit, start, at: Date.now()
      });
    },
  };
}

function isNear(self) { return self.view[2] < self.whole[2]; }

function show(self, map) {
  map.setAttribute("viewBox", self.view.join(" "));
  map.style.setProperty("--near", self.view[2] / self.whole[2]);
  map.style.touchAction = isNear(self) ? "none" : "";  // a finger moves the page until there is more map
}

function zoom(self, by, x, y) {
  const map = self.box.querySelector("svg[data-map]"), [left, top, wide, high] = self.view;
  const size = Math.min(self.whole[2], Math.max(self.whole[2] / 40, wide * by)), share = size / wide;
  self.view = size === self.whole[2] ? self.whole
    : [left + (wide - size) * x, top + (high - high * share) * y, size, high * share];
  show(self, map);
}

function turn(self, event) {
  const map = event.target.closest("svg[data-map]");
  if (!map || !event.ctrlKey) return;  // a plain wheel moves the page
  event.preventDefault();
  const box = map.getBoundingClientRect();
  const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  zoom(self, event.deltaY > 0 ? 1.25 : 0.8, ...at);
}

function pan(self, first, map) {
  const [left, top, wide, high] = self.view, box = map.getBoundingClientRect();
  return {
    move(event) {
      self.view = [
        left - (event.clientX - first.clientX) / box.width * wide,
        top - (event.clientY - first.clientY) / box.height * high, wide, high,
      ];
      show(self, map);
    },
    end() {},
  };
}
