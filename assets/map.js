// How the map's layers look. Text is always a text node; colours come from the style sheet.
(function () {
  "use strict";
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function span(className, text) {
    const made = document.createElement("span");
    made.className = className;
    if (text) made.append(document.createTextNode(text));
    return made;
  }
  function marker(latlng, element) {
    const icon = L.divIcon({ html: element, className: "map-icon", iconSize: [0, 0] });
    return L.marker(latlng, { icon, interactive: false, keyboard: false });
  }

  const area = (feature, { hideout }) => {
    const states = (hideout && hideout.states) || {};
    const code = feature.properties.code;
    const state = code in states ? states[code] || "calm" : "unknown";
    return { className: `map-area area-${state} ${state}`, weight: 0.09 * rem(), fillOpacity: 1, opacity: 1 };
  };
  const lines = () => ({ className: "map-line", weight: 0.12 * rem(), fill: false });
  const outline = () => ({ className: "map-outline", weight: 0.09 * rem(), fill: false });

  const name = (feature, latlng, { hideout }) => {
    const { id, name } = feature.properties;
    const value = ((hideout && hideout.values) || {})[id];
    const state = ((hideout && hideout.states) || {})[id];
    const box = span(`map-name ${state && !state.startsWith("ramp") ? "is-loud" : ""}`);
    box.append(span("", name));
    if (value) box.append(span("map-value", value));
    arrangeSoon();
    return marker(latlng, box);
  };

  const station = (feature, latlng, { hideout }) => {
    const shown = (hideout || {})[feature.properties.id] || { state: "none", text: "" };
    const loud = shown.state && shown.state !== "none" && shown.text;
    const box = span(`map-station is-${shown.state || "calm"}`);
    box.append(span(loud ? `sign sign-${shown.state}` : "map-point"));
    if (loud) box.append(span("map-tag", shown.text));
    box.title = shown.text || feature.properties.name;
    arrangeSoon();
    return marker(latlng, box);
  };

  const dot = (feature, latlng) => L.circleMarker(latlng, { radius: 0.2 * rem(), className: "map-dot", interactive: false });

  function refit(event) {
    const map = event.target;
    const bounds = map.getContainer().closest("[data-bounds]").dataset.bounds.split(",").map(Number);
    map.fitBounds([[bounds[0], bounds[1]], [bounds[2], bounds[3]]], { padding: [4, 4], animate: false });
    arrangeSoon();
  }

  // Names give way to signs, and tags go to the side where they cover least.
  let waiting = 0;
  function arrangeSoon() {
    if (!waiting) waiting = requestAnimationFrame(() => requestAnimationFrame(() => { waiting = 0; arrange(); }));
  }
  const SIDES = ["right", "left", "above", "below"];
  const over = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
    * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const rect = (element) => element.getBoundingClientRect();
  function arrange() {
    for (const map of document.querySelectorAll(".map-canvas")) {
      const taken = [...map.querySelectorAll(".map-station > .sign")].map(rect);
      const frame = rect(map);
      const settle = (element, sides) => {
        let best = null;
        for (const side of sides) {
          element.dataset.side = side;
          const box = rect(element);
          const outside = box.width * box.height - over(box, frame);
          const cost = taken.reduce((sum, other) => sum + over(box, other), 0) + 2 * outside;
          if (!best || cost < best.cost - 1) best = { cost, side, box };
        }
        element.dataset.side = best.side;
        taken.push(best.box);
      };
      for (const name of map.querySelectorAll(".map-name")) settle(name, ["", "down", "up"]);
      for (const tag of map.querySelectorAll(".map-tag")) settle(tag, SIDES);
    }
  }

  window.iocMap = { area, lines, outline, name, station, dot, refit };
})();
