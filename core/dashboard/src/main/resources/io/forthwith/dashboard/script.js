// Pages work without this script. It makes them live, and brings the keyboard.
(() => {
  "use strict";
  const every = 2000;
  const patience = 10000;
  const fields = "input, select, textarea";
  let tag = null;
  let updated = Date.now();
  let busy = false;

  // The zone of the browser is one that times can be shown in.
  const offerZone = () => {
    const link = document.getElementById("zone-here");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (link && zone && ![...link.parentElement.children].some((each) => each.textContent === zone)) {
      link.href += encodeURIComponent(zone);
      link.textContent = zone;
      link.hidden = false;
    }
  };

  // As the server writes it, without its milliseconds.
  const written = (at) => {
    const zone = document.body.dataset.zone;
    try {
      const parts = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).formatToParts(at)
        .reduce((all, part) => ({ ...all, [part.type]: part.value }), {});
      const p = parts({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
      const offset = parts({ timeZoneName: "longOffset" }).timeZoneName.replace("GMT", "") || "+00:00";
      return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second} ${zone === "UTC" ? zone : offset}`;
    } catch (unknown) {
      return at.toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");
    }
  };

  // A part that somebody uses stays as it is: a field that has the focus, a box that is ticked, a button that is pressed, a text that is selected.
  const isUsed = (part) => {
    const selection = getSelection();
    return (part.contains(document.activeElement) && document.activeElement.matches(fields)) ||
      part.querySelector("input[type=checkbox]:checked") !== null ||
      part.querySelector("button:active, a:active") !== null ||
      (selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode));
  };

  const stops = (part) => [...part.querySelectorAll("a[href], button, summary, [tabindex]")];

  const replace = (old, fresh) => {
    const open = new Set([...old.querySelectorAll("details[open]")].map((each) => each.id));
    const scrolls = (part) => [...part.querySelectorAll(".scroll, pre")];
    const places = scrolls(old).map((each) => [each.scrollLeft, each.scrollTop]);
    const at = stops(old).indexOf(document.activeElement);
    const href = at < 0 ? null : document.activeElement.getAttribute("href");
    for (const each of fresh.querySelectorAll("details")) {
      each.open = open.has(each.id);
    }
    old.replaceWith(fresh);
    scrolls(fresh).forEach((each, i) => { [each.scrollLeft, each.scrollTop] = places[i] || [0, 0]; });
    if (at >= 0) {
      const now = stops(fresh);
      const isSame = now[at] && now[at].getAttribute("href") === href;
      const again = isSame || href === null ? now[at] : now.find((each) => each.getAttribute("href") === href);
      if (again) { again.focus({ preventScroll: true }); }
    }
  };

  const cards = (root) => [...root.querySelectorAll("main [data-live]")].map((each) => each.id).join();

  // Whether all of it is shown now.
  const show = (html) => {
    let isWhole = true;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const main = document.getElementById("main");
    if (cards(fresh) !== cards(document)) {
      // A card has come or gone: a job that has ended needs no reason why it has not.
      if (isUsed(main)) { return false; }
      const other = document.importNode(fresh.getElementById("main"), true);
      replace(main, other);
    }
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const old = document.getElementById(part.id);
      if (old && old.outerHTML !== part.outerHTML) {
        if (isUsed(old)) {
          isWhole = false;
        } else {
          replace(old, document.importNode(part, true));
        }
      }
    }
    for (const selector of ["title", "#asof"]) {
      const old = document.querySelector(selector);
      const text = fresh.querySelector(selector);
      if (old && text && old.textContent !== text.textContent) { old.replaceChildren(...document.importNode(text, true).childNodes); }
    }
    const icon = document.querySelector("link[rel=icon]");
    const freshIcon = fresh.querySelector("link[rel=icon]");
    if (icon && freshIcon && icon.getAttribute("href") !== freshIcon.getAttribute("href")) {
      icon.setAttribute("href", freshIcon.getAttribute("href"));
    }
    return isWhole;
  };

  // What has not changed is as new as the answer that says so.
  const sayAsOf = (date) => {
    const at = new Date(date || Date.now());
    const asof = document.getElementById("asof");
    if (asof && !isNaN(at)) {
      const time = document.createElement("time");
      time.dateTime = at.toISOString();
      time.textContent = written(at);
      const [before, after] = document.body.dataset.asof.split("{0}");
      asof.replaceChildren(before, time, after);
    }
  };

  // Questions, and what was said about an action, stay as they are.
  const isLive = () => document.querySelector("main [data-live]") !== null;

  const refresh = async () => {
    if (document.hidden || busy || !isLive()) { return; }
    busy = true;
    try {
      const answer = await fetch(location.href, {
        headers: tag === null ? {} : { "If-None-Match": tag },
        cache: "no-store",
        credentials: "same-origin",
        redirect: "error",
        signal: AbortSignal.timeout(patience),
      });
      if (answer.status === 304) {
        updated = Date.now();
        sayAsOf(answer.headers.get("Date"));
      } else if (answer.ok) {
        const isWhole = show(await answer.text());
        tag = isWhole ? answer.headers.get("ETag") : null;
        if (isWhole) { updated = Date.now(); }
      } else if ([401, 403, 404].includes(answer.status)) {
        // What was here is gone, or may not be seen any more: the page that says so comes.
        location.reload();
      }
    } catch (error) {
      // The server cannot be reached: the page says how old it is, and the next try comes.
    } finally {
      busy = false;
    }
    const old = Date.now() - updated > patience;
    document.body.classList.toggle("is-old", old);
    const asof = document.getElementById("asof");
    if (old && asof) {
      asof.textContent = document.body.dataset.old.replace("{0}", Math.round((Date.now() - updated) / 1000));
    }
  };

  const rows = () => [...document.querySelectorAll("main tbody tr:not(.line)")].filter((each) => each.querySelector("a"));

  const step = (by) => {
    const all = rows();
    if (all.length === 0) { return; }
    const at = all.findIndex((each) => each.contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    next.querySelector("a").focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const go = (page) => {
    const link = document.querySelector('nav a[data-key="' + page + '"]');
    if (link) { link.click(); }
  };

  const keys = {
    "/": () => document.getElementById("jump").focus(),
    j: () => step(1),
    k: () => step(-1),
    o: () => go("o"),
    q: () => go("queues"),
    l: () => go("limits"),
    f: () => go("failures"),
    w: () => go("workers"),
    s: () => go("schedules"),
    "?": () => {
      const help = document.getElementById("keys");
      help.open = !help.open;
      if (help.open) { help.scrollIntoView({ block: "nearest" }); help.querySelector("summary").focus(); }
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.matches(fields)) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  document.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (tick && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const boxes = tick.closest("form").querySelectorAll("tbody input[type=checkbox]");
      const isAll = [...boxes].every((each) => each.checked);
      boxes.forEach((each) => { each.checked = !isAll; });
    }
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        copy.classList.add("is-copied");
        setTimeout(() => copy.classList.remove("is-copied"), 1200);
      }, () => {});
    }
  });

  document.addEventListener("visibilitychange", refresh);
  offerZone();
  setInterval(refresh, every);
})();
