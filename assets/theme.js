// Language and theme: what the address asks for is remembered; the server draws every later page so.
(function () {
  "use strict";
  const asked = new URLSearchParams(location.search);
  const keep = (name, value) => {
    document.cookie = `ioc-${name}=${value}; path=/; max-age=31536000; SameSite=Lax`;
  };
  if (["vi", "en"].includes(asked.get("lang"))) keep("lang", asked.get("lang"));
  if (["dark", "light"].includes(asked.get("theme"))) keep("theme", asked.get("theme"));
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.theme-switch");
    if (!link) return;
    event.preventDefault();
    const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    keep("theme", theme);
    document.dispatchEvent(new CustomEvent("ioc-theme", { detail: theme }));
  });
})();
