// When the socket stays silent although the server answers, the page itself is at fault: it is loaded again.
(function () {
  "use strict";
  const SILENT = 30000, ANSWERS = 15000, LEAST = 30000, MOST = 600000, KEY = "ioc-watchdog";
  let answersSince = null, started = Date.now(), well = null;

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(KEY)) || {}; } catch (error) { return {}; }
  }
  function keep(value) {
    try { sessionStorage.setItem(KEY, JSON.stringify(value)); } catch (error) { console.debug("no session storage", error); }
  }

  async function look() {
    const heard = (window.iocLive && window.iocLive.lastFrameAt) || started;
    if (Date.now() - heard < SILENT) {
      answersSince = null;
      well = well || Date.now();
      if (Date.now() - well > 60000 && kept().wait) keep({});
      return;
    }
    well = null;
    try {
      const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) });
      answersSince = answer.ok ? answersSince || Date.now() : null;
    } catch (error) {
      answersSince = null; // the server is away; the socket waits for it
    }
    if (answersSince === null || Date.now() - answersSince < ANSWERS) return;
    const { at = 0, wait = LEAST } = kept();
    if (Date.now() - at < wait) return;
    keep({ at: Date.now(), wait: Math.min(MOST, wait * 2) });
    location.reload();
  }

  setInterval(look, 5000);
})();
