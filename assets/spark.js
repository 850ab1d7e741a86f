// Lines drawn as SVG in the page: sparklines (data-spark) and charts with axes and limits (data-trend).
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function make(name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.append(document.createTextNode(text));
    return made;
  }
  function canvas(element, width, height) {
    const made = make("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });
    element.replaceChildren(made);
    return made;
  }
  // A gap in the data is a gap in the line.
  function path(values, x, y) {
    let text = "", pen = false;
    values.forEach((value, at) => {
      if (value === null) { pen = false; return; }
      text += `${pen ? "L" : "M"}${x(at).toFixed(1)},${y(value).toFixed(1)}`;
      if (!pen && (at + 1 >= values.length || values[at + 1] === null)) text += "h.1";
      pen = true;
    });
    return text;
  }
  function range(values) {
    const known = values.filter((value) => value !== null);
    if (!known.length) return null;
    const low = Math.min(...known), high = Math.max(...known);
    const pad = high > low ? 0 : Math.abs(high) * 0.05 || 1;
    return [low - pad, high + pad];
  }

  function spark(element) {
    const { clientWidth: width, clientHeight: height } = element;
    const values = (element.dataset.spark || "").split(";").map((part) => (part === "" ? null : +part));
    const span = range(values);
    if (!width || !height) return;
    if (!span || values.length < 2) { element.replaceChildren(); return; }
    const edge = 0.22 * rem();
    const x = (at) => edge + (at / (values.length - 1)) * (width - 2 * edge);
    const y = (value) => height - edge - ((value - span[0]) / (span[1] - span[0])) * (height - 2 * edge);
    const svg = canvas(element, width, height);
    svg.append(make("path", { d: path(values, x, y), class: "line" }));
    const last = values.length - 1;
    if (values[last] !== null) svg.append(make("circle", { cx: x(last), cy: y(values[last]), r: edge, class: "end" }));
  }

  function nice(low, high, most) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((size) => size * power).find((size) => (high - low) / size <= most);
    const ticks = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) ticks.push(+at.toFixed(10));
    return [ticks, Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0))];
  }
  const HOURS = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 336, 720];
  function times(start, end, zone, most) {
    const step = HOURS.map((hours) => hours * 3600).find((size) => (end - start) / size <= most) || 2592000;
    const local = window.iocAge.local(start, zone);
    const past = +local.hour * 3600 + +local.minute * 60 + +local.second;
    const first = start + ((step - (past % step)) % step);
    const ticks = [];
    for (let at = first; at <= end; at += step) ticks.push(at);
    return ticks;
  }
  function clock(posix, zone) {
    const at = window.iocAge.local(posix, zone);
    return at.hour === "00" && at.minute === "00" ? `${at.day}/${at.month}` : `${at.hour}:${at.minute}`;
  }

  function trend(element) {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height || !element.dataset.trend) return;
    const data = JSON.parse(element.dataset.trend);
    const span = range(data.lines.flat());
    const size = 0.78 * rem();
    if (!span) {
      const box = document.createElement("div");
      box.className = "quiet";
      box.append(document.createTextNode(data.nothing));
      element.replaceChildren(box);
      return;
    }
    const near = data.limits.filter((limit) => limit.at >= span[0] - (span[1] - span[0]) && limit.at <= span[1] + (span[1] - span[0]));
    let low = Math.min(span[0], ...near.map((limit) => limit.at)), high = Math.max(span[1], ...near.map((limit) => limit.at));
    const air = (high - low) * 0.06; low = low >= 0 && low - air < 0 ? Math.min(low, 0) : low - air; high += air;
    const number = new Intl.NumberFormat(data.language === "vi" ? "vi-VN" : "en-US", {});
    const [ticks, decimals] = nice(low, high, Math.max(2, Math.floor(height / (3.2 * size))));
    const write = (value, places) => new Intl.NumberFormat(data.language === "vi" ? "vi-VN" : "en-US",
      { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
    const left = size * (0.9 + 0.6 * Math.max(...ticks.map((tick) => write(tick, decimals).length)));
    const right = size * (1 + 0.62 * Math.max(0, ...data.lines.map((line) => { const last = line.filter((v) => v !== null).pop(); return last === undefined ? 0 : write(last, data.decimals).length; })));
    const top = size * 0.6, bottom = height - size * 1.7;
    const count = data.lines[0].length;
    const end = data.start + count * data.step;
    const x = (at) => left + ((at + 1) / count) * (width - left - right);
    const at = (posix) => left + ((posix - data.start) / (end - data.start)) * (width - left - right);
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const svg = canvas(element, width, height);
    for (const tick of ticks) {
      svg.append(make("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "rule" }));
      svg.append(make("text", { x: left - size * 0.4, y: y(tick) + size * 0.35, class: "tick", "text-anchor": "end" }, write(tick, decimals)));
    }
    for (const tick of times(data.start, end, data.zone, Math.max(2, Math.floor((width - left) / (6.5 * size))))) {
      svg.append(make("text", { x: at(tick), y: height - size * 0.3, class: "tick", "text-anchor": "middle" }, clock(tick, data.zone)));
      svg.append(make("line", { x1: at(tick), x2: at(tick), y1: bottom, y2: bottom + size * 0.3, class: "rule" }));
    }
    for (const limit of near) {
      svg.append(make("line", { x1: left, x2: width - right, y1: y(limit.at), y2: y(limit.at), class: `limit is-${limit.priority}` }));
      svg.append(make("text", { x: left + size * 0.4, y: y(limit.at) - size * 0.3, class: `limit-text is-${limit.priority}` }, limit.text));
    }
    const written = []; // heights of the last values, so that none is written over another
    const newest = (line) => line.reduce((found, value) => (value === null ? found : value), -Infinity);
    const ordered = data.lines.map((line, index) => [line, index]).sort((a, b) => newest(b[0]) - newest(a[0]));
    ordered.forEach(([line, index]) => {
      svg.append(make("path", { d: path(line, x, y), class: `line line-${index}` }));
      const last = line.reduce((found, value, place) => (value === null ? found : place), -1);
      if (last < 0) return;
      svg.append(make("circle", { cx: x(last), cy: y(line[last]), r: 0.2 * rem(), class: `end line-${index}` }));
      let height = y(line[last]) + size * 0.35;
      while (written.some((other) => Math.abs(other - height) < size * 1.15)) height += size * 0.25;
      written.push(height);
      svg.append(make("text", { x: x(last) + size * 0.5, y: height, class: `last line-${index}` }, write(line[last], data.decimals)));
    });
  }

  const draw = (element) => { if (element.dataset.trend !== undefined) trend(element); else spark(element); };
  const sized = new ResizeObserver((entries) => { for (const { target } of entries) if (target.isConnected) draw(target); });
  const WANTED = "[data-spark], [data-trend]";
  function meet(element) { sized.observe(element); }
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") { draw(change.target); continue; }
      for (const node of change.addedNodes) {
        if (node.nodeType !== 1 || node.namespaceURI === NS) continue;
        if (node.matches(WANTED)) meet(node);
        node.querySelectorAll(WANTED).forEach(meet);
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-spark", "data-trend"] });
  document.querySelectorAll(WANTED).forEach(meet);
})();
