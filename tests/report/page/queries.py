"""What the tests of both pages ask a page for, in JavaScript."""

FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
SHOWN_FOLDER = "[...document.querySelectorAll('.crumb')].map((each) => each.textContent).join('')"
LIT = "[...document.querySelectorAll('.tile:not(.frame):not(.off) .name')].map((each) => each.textContent).sort()"
"""The names on the tiles that a search or a filter leaves lit."""
