// A wall without a mouse: left and right turn the walls, up holds, down turns them by themselves, f fills the screen.
(function () {
  "use strict";
  const SECONDS = 45;
  const TURNING = "ioc-turning";
  let timer = 0;
  const dialog = () => document.getElementById("keys");

  function go(step) {
    const walls = dialog().dataset.walls.split(" ");
    const here = walls.indexOf(dialog().dataset.here);
    const next = walls[(here + step + walls.length) % walls.length];
    if (next !== location.pathname) location.assign(next + location.search);
  }
  function say(text) { const line = document.getElementById("keys-state"); if (line) line.textContent = text; }
  function turn(on) {
    clearInterval(timer);
    sessionStorage.setItem(TURNING, on ? "yes" : "");
    if (on) timer = setInterval(() => { if (dialog()) go(1); }, SECONDS * 1000);
    say(on ? dialog().dataset.rotating : dialog().dataset.held);
  }
  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  }
  function help() { const box = dialog(); if (box.open) box.close(); else box.showModal(); }

  const KEYS = {
    ArrowLeft: () => go(-1), ArrowRight: () => go(1), ArrowUp: () => turn(false), ArrowDown: () => turn(true),
    "?": help, f: fill, F: fill,
  };
  document.addEventListener("keydown", (event) => {
    if (!dialog() || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
    if (event.target.closest && event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  const wait = setInterval(() => {
    if (!dialog()) return;
    clearInterval(wait);
    if (sessionStorage.getItem(TURNING)) turn(true);
  }, 500);
})();
