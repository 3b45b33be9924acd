// What a browser alone can do for whoever types: the first field of a box has the focus; what was
// typed outlives a restart of the service; Streamlit's own words stand in the reader's language.
(() => {
  const words = WORDS, kept = KEPT, store = "xunban-typed";
  const box = () => document.querySelector("[data-testid=stDialog] [role=dialog]")
    ?? document.querySelector("[data-testid=stDialog]");
  const fields = (of) => [...of.querySelectorAll("textarea, input")].filter((field) =>
    !["hidden", "password", "checkbox", "radio", "file"].includes(field.type) && !field.readOnly);
  const texts = (of) => fields(of).filter((field) => field.getAttribute("role") !== "combobox");
  window.xunbanFields?.();

  // --- words
  const rules = words.map(([theirs, ours]) => [
    new RegExp("^" + theirs.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace("{n}", "(.+)") + "$"),
    ours.replace("{n}", "$1"),
  ]);
  function ours(text) {
    const trimmed = text.trim();
    const rule = /[A-Za-z]{3}/.test(trimmed) && rules.find(([theirs]) => theirs.test(trimmed));
    return rule ? trimmed.replace(...rule) : null;
  }
  function say(root) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = root.nodeType === 3 ? root : walk.nextNode(); node; node = walk.nextNode()) {
      const said = ours(node.data);
      if (said !== null && !node.parentElement?.closest("script,style,.stHtml,textarea")) node.data = said;
    }
    if (root.nodeType !== 1) return;
    for (const one of [root, ...root.querySelectorAll("[aria-label],[placeholder],[title]")]) {
      for (const name of ["aria-label", "placeholder", "title"]) {
        const said = ours(one.getAttribute(name) ?? "");
        if (said !== null) one.setAttribute(name, said);
      }
    }
  }

  // --- what is typed
  const read = () => JSON.parse(sessionStorage.getItem(store) ?? "{}");
  const name = (of, field) => [
    of.querySelector("h1,h2,[id$=title]")?.innerText ?? of.getAttribute("aria-label") ?? "",
    field.getAttribute("aria-label") ?? "",
  ].join("|");
  function typed(event) {
    const of = box(), field = event.target;
    if (!of?.contains(field) || !texts(of).includes(field)) return;
    sessionStorage.setItem(store, JSON.stringify({ ...read(), [name(of, field)]: field.value }));
  }
  function put(field, text) {
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }
  let open = null, lost = false, filled = new Set();
  function opened(of) {
    open = of;
    lost = false;
    filled = new Set();
    setTimeout(() => {
      if (open !== of || texts(of).includes(document.activeElement)) return;
      const first = fields(of).find((field) => field.offsetParent);
      const near = first && first.getBoundingClientRect().top < innerHeight * 0.75
        && !(first.getAttribute("role") === "combobox" && first.value);  // chosen: nothing to type
      if (near && matchMedia("(pointer: fine)").matches) first.focus({ preventScroll: true });
    }, 350);
  }
  function closed() {
    open = null;
    if (!lost) sessionStorage.removeItem(store);
    else if (Object.keys(read()).length) {
      const bar = document.getElementById("xb-kept");
      bar.textContent = kept;
      bar.classList.add("on");
      setTimeout(() => bar.classList.remove("on"), 15000);
    }
  }
  function look() {
    const of = box();
    if (of && of !== open) opened(of);
    if (!of && open) closed();
    const state = document.querySelector("[data-testid=stApp]")?.dataset.testConnectionState;
    if (open && state && state !== "CONNECTED") lost = true;
    if (!of) return;
    const drafts = read();
    for (const field of texts(of)) {
      const key = name(of, field);
      if (filled.has(key)) continue;
      filled.add(key);
      if (drafts[key] && drafts[key] !== field.value) put(field, drafts[key]);
    }
  }

  const watch = new MutationObserver((changes) => {
    if (rules.length) for (const change of changes) {
      if (change.type === "characterData") say(change.target);
      for (const node of change.addedNodes) say(node);
    }
    look();
  });
  watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  document.addEventListener("input", typed, true);
  const timer = setInterval(look, 500);
  if (rules.length) say(document.body);
  window.xunbanFields = () => {
    watch.disconnect();
    clearInterval(timer);
    document.removeEventListener("input", typed, true);
  };
})();
