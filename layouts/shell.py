"""The page around every page: language, theme, fonts, styles."""

from __future__ import annotations

import html as markup
import string
from collections.abc import Mapping

LANGUAGES = ("vi", "en")
THEMES = ("dark", "light")

_PAGE = string.Template("""<!DOCTYPE html>
<html lang="$language" data-bs-theme="$theme">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="$theme">
<title>$title</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/bootstrap.css">
$css
</head>
<body>
<noscript>$script_needed</noscript>
$app_entry
<footer hidden>$config$scripts$renderer</footer>
</body>
</html>""")

# All three weights are on the first paint, so that their fonts are there before the first number.
# It stands beside the entry: Dash empties that long before a page is drawn (the style hides it then).
_ENTRY = string.Template(
    '<div id="react-entry-point"></div><div class="first" role="status">'
    "<b>$title</b><h2>$loading</h2><span>…</span></div>"
)


def page(parts: Mapping[str, str], *, language: str, theme: str, title: str, loading: str, script_needed: str) -> str:
    """The HTML of the index: ``parts`` are what Dash puts in, the rest is text."""
    return _PAGE.substitute(
        {name: parts.get(name, "") for name in ("css", "config", "scripts", "renderer")},
        app_entry=_ENTRY.substitute(title=markup.escape(title), loading=markup.escape(loading)),
        language=language,
        theme=theme,
        title=markup.escape(title),
        script_needed=markup.escape(script_needed),
    )


def choose(
    name: str, allowed: tuple[str, ...], query: Mapping[str, str], cookies: Mapping[str, str], default: str
) -> str:
    """What the address asks for, else what was chosen before, else the default."""
    wanted = (query.get(name, ""), cookies.get(f"ioc-{name}", ""), default)
    return next((value for value in wanted if value in allowed), allowed[0])
