// The live socket: one for each page, for ever. It fills components with set_props and says when it is silent.
(function () {
  "use strict";
  const SILENCE = 4000; // ms without a frame (one comes every 2 s) until the page says so
  const CLOSED = 2500; // the same for a socket that is known to be closed
  const MOST = 5000; // ms between two attempts
  const UNDRAWN = 10000; // ms in which the page must be drawn
  const PATIENCE = 4000; // ms for a socket to open
  let socket = null, tries = 0, seq = null, build = null, wish = null, base = null, timer = 0;
  let opened = performance.now(), silentSince = opened, wasVisible = performance.now(), reloading = false;
  let whole = false; // a full frame waits: much of it is what the page was drawn with
  const pending = new Map(); // component id → props that wait for their component

  const page = () => document.getElementById("view");
  const live = (window.iocLive = { connected: false, lastFrameAt: null, speed: 1, mode: "actual", now });

  function now() {
    return base ? base.now + ((performance.now() - base.heard) / 1000) * live.speed : null;
  }

  function wanted() {
    const asked = new URLSearchParams(location.search).get("lang");
    const language = ["vi", "en"].includes(asked) ? asked : document.documentElement.lang;
    return { view: decodeURIComponent(location.pathname).replace(/^\/+|\/+$/g, ""), language };
  }

  function ask() {
    wish = wanted();
    seq = null;
    pending.clear();
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
  }

  function connect() {
    clearTimeout(timer);
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket = mine;
    const slow = setTimeout(() => mine.close(), PATIENCE);
    let over = false;
    const again = () => {
      clearTimeout(slow);
      if (over) return;
      over = true;
      if (socket !== mine) return;
      live.connected = false;
      const wait = Math.min(MOST, 250 * 2 ** Math.min(tries, 6));
      tries += 1;
      timer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
    };
    mine.onopen = () => { clearTimeout(slow); ask(); };
    mine.onmessage = (event) => { if (socket === mine) hear(JSON.parse(event.data)); };
    mine.onclose = again;
    mine.onerror = again;
  }

  let dropped = 0;
  function drop() {
    dropped = performance.now();
    const old = socket;
    socket = null;
    live.connected = false;
    if (old) old.close();
    connect();
  }

  function reload() {
    if (reloading) return;
    reloading = true;
    setTimeout(() => location.reload(), Math.random() * 1000);
  }

  function hear(frame) {
    if (frame.reload) return reload();
    const full = frame.prev === undefined;
    if (!full && seq === null) return undefined; // of the page before
    if (!full && frame.prev !== seq) return ask();
    if (full && build !== null && build !== frame.build) return reload();
    if (full) { pending.clear(); build = frame.build; whole = true; }
    seq = frame.seq;
    tries = 0;
    base = { now: frame.now, heard: performance.now() };
    silentSince = base.heard;
    if (!page() && base.heard - opened > UNDRAWN) return reload(); // the server went while the page was being drawn
    Object.assign(live, { connected: Boolean(page()), lastFrameAt: Date.now(), speed: frame.speed, mode: frame.mode });
    for (const [id, props] of frame.u) pending.set(id, Object.assign(pending.get(id) || {}, props));
    show();
    fill();
    if (!page()) drawing.observe(document.documentElement, { childList: true, subtree: true });
    return undefined;
  }

  // Dash may draw the page after the frame was heard: it is filled at once, not at the next look.
  const drawing = new MutationObserver(() => {
    if (!page()) return;
    drawing.disconnect();
    look();
  });

  function drawn(id) {
    const api = window.dash_component_api;
    try {
      return (api && api.getLayout && api.getLayout(id)) || null;
    } catch (error) {
      return null; // it throws for an id that isn't on the page
    }
  }

  // Components without an element of their own, such as map layers, are known to Dash alone.
  const there = (id) => Boolean(document.getElementById(id) || drawn(id));

  function differing(id, props) {
    const known = (drawn(id) || {}).props || {};
    const differs = ([name, value]) => value !== known[name] && JSON.stringify(value) !== JSON.stringify(known[name]);
    return Object.fromEntries(Object.entries(props).filter(differs));
  }

  function fill() {
    const view = page();
    const dash = window.dash_clientside;
    if (!pending.size || !view || !wish || view.dataset.view !== wish.view || !dash || !dash.set_props) return;
    for (const [id, props] of pending) {
      if (!there(id)) continue;
      pending.delete(id);
      const wanted = whole ? differing(id, props) : props;
      if (!Object.keys(wanted).length) continue;
      try {
        dash.set_props(id, wanted);
      } catch (error) {
        console.error(`component ${id} can't be filled`, error); // its neighbours still are
      }
    }
    whole = false;
  }

  function clock(posix) {
    const zoned = document.querySelector("[data-zone]");
    const at = new Date(posix * 1000);
    const options = { hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    return at.toLocaleTimeString("en-GB", zoned ? { ...options, timeZone: zoned.dataset.zone } : options);
  }

  function banner() {
    let box = document.getElementById("live-banner");
    if (!box && document.body) {
      box = document.createElement("div");
      box.id = "live-banner";
      box.className = "live-banner";
      box.hidden = true;
      box.setAttribute("role", "alert");
      document.body.append(box);
    }
    return box;
  }

  function seconds(view, since) {
    const words = (view.dataset.ages || "").split("|")[1] || "{n}"; // "{n} seconds"
    const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
    return words.replace("{n}", since.toLocaleString(view.dataset.language || "vi", tenths));
  }

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function show() {
    const view = page(), box = banner();
    if (!box) return;
    const lost = performance.now() - silentSince > (base && !live.connected ? CLOSED : SILENCE);
    const last = base ? base.now : view ? +view.dataset.now : NaN;
    const said = (view && view.dataset.lost) || "⚠ {time}"; // the page has its words only once it is drawn
    if (lost) write(box, said.replace("{time}", Number.isNaN(last) ? "—" : clock(last)));
    box.hidden = !lost;
    if (!view) return;
    const light = document.getElementById("live-light"), words = document.getElementById("live-text");
    if (!light || !words) return;
    light.dataset.state = lost ? "lost" : live.connected ? "live" : "connecting";
    words.setAttribute("aria-live", "off");
    if (lost) write(words, box.textContent);
    else if (live.connected) {
      const age = seconds(view, (performance.now() - base.heard) / 1000);
      write(words, (view.dataset.live || "").replace("{age}", age));
    }
  }

  function look() {
    const moment = performance.now();
    if (moment - wasVisible > 3000) silentSince = Math.max(silentSince, moment - 1000); // the page itself slept
    wasVisible = moment;
    const is = wanted();
    if (wish && (is.view !== wish.view || is.language !== wish.language)) ask();
    const open = socket && socket.readyState === WebSocket.OPEN;
    if (open && moment - Math.max(silentSince, dropped) > 2 * SILENCE) drop(); // open, and nothing comes
    if (seq !== null && page() && open) live.connected = true;
    show();
    fill();
  }

  setInterval(look, 250);
  connect();
})();
