// Ages, timers and the clock of the page. They follow the installation's clock, not the browser's.
(function () {
  "use strict";
  const page = () => document.getElementById("view");
  let opened = null; // [installation's now, performance.now(), speed] as the server drew the page

  function now() {
    const live = window.iocLive && window.iocLive.now && window.iocLive.now();
    if (live) return live;
    const view = page();
    if (!view) return NaN;
    if (!opened || opened[3] !== view) opened = [+view.dataset.now, performance.now(), +view.dataset.speed || 1, view];
    return opened[0] + ((performance.now() - opened[1]) / 1000) * opened[2];
  }

  const UNITS = [[86400, 6], [3600, 4], [60, 2], [1, 0]];
  function age(seconds) {
    const words = (page().dataset.ages || "").split("|");
    const whole = Math.max(0, Math.floor(seconds));
    const [size, at] = UNITS.find(([size]) => whole >= size) || UNITS[3];
    const count = Math.floor(whole / size);
    return (words[at + (count === 1 ? 0 : 1)] || "{n}").replace("{n}", count);
  }

  const two = (number) => String(number).padStart(2, "0");
  function timer(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  }

  const zones = new Map();
  function local(posix, zone) {
    if (!zones.has(zone)) {
      zones.set(zone, new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
        hour: "2-digit", minute: "2-digit", second: "2-digit", weekday: "short",
      }));
    }
    const parts = {};
    for (const { type, value } of zones.get(zone).formatToParts(posix * 1000)) parts[type] = value;
    return parts;
  }

  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  function date(posix, zone) {
    const at = local(posix, zone), words = page().dataset;
    const day = words.weekdays.split("|")[DAYS.indexOf(at.weekday)];
    const month = words.months.split("|")[+at.month - 1];
    const put = { a: day, b: month, d: at.day, e: String(+at.day), m: at.month, Y: at.year };
    return words.date.replace(/%([abdemY])/g, (_, letter) => put[letter]);
  }

  function text(span, time) {
    const { at, sign, note, form, zone } = span.dataset;
    if (form === "time") { const p = local(time, zone); return `${p.hour}:${p.minute}:${p.second}`; }
    if (form === "date") return date(time, zone);
    if (form === "timer") return at ? timer(time - at) : "";
    const said = note || (at ? age(time - at) : "");
    return said && sign ? `${sign} ${said}` : said;
  }

  function write(span, time) {
    if (!span.dataset.at && !span.dataset.form && span.dataset.sign === undefined) return;
    const wanted = text(span, time);
    if (span.textContent !== wanted) span.textContent = wanted;
  }

  function tick() {
    const time = now();
    if (Number.isNaN(time)) return;
    for (const span of document.querySelectorAll(".age")) write(span, time);
  }

  const names = ["data-at", "data-sign", "data-note"];
  new MutationObserver((changes) => {
    const time = now();
    if (Number.isNaN(time)) return;
    for (const change of changes) {
      if (change.type === "attributes") { if (change.target.classList.contains("age")) write(change.target, time); continue; }
      for (const node of change.addedNodes) {
        if (node.nodeType !== 1) continue;
        if (node.classList.contains("age")) write(node, time);
        for (const span of node.querySelectorAll(".age")) write(span, time);
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: names });
  setInterval(tick, 250);
  window.iocAge = { now, age, timer, local };
})();
