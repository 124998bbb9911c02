"""What each command does to the view. Pure.

Those that need a question or a disk (search, causes, extract, read, help, quit) are the application's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jettison.explore.comparison import Change
from jettison.explore.explorer import Explorer

_FAR = 1 << 40


def _mover(rows: int) -> Callable[[Explorer, int], None]:
    return lambda explorer, page: explorer.move(rows)


def _toggler(change: Change) -> Callable[[Explorer, int], None]:
    return lambda explorer, page: explorer.toggle_change(change)


COMMANDS: Mapping[str, Callable[[Explorer, int], None]] = {
    "switch": lambda explorer, page: explorer.switch_pane(),
    "aggregated": lambda explorer, page: explorer.show_aggregated(aggregated=True),
    "layer_only": lambda explorer, page: explorer.show_aggregated(aggregated=False),
    "all_steps": lambda explorer, page: explorer.toggle_all_steps(),
    "fold": lambda explorer, page: explorer.toggle_fold(),
    "fold_all": lambda explorer, page: explorer.toggle_all_folds(),
    "by_size": lambda explorer, page: explorer.toggle_order(),
    "attributes": lambda explorer, page: explorer.toggle_attributes(),
    "left": lambda explorer, page: explorer.go_left(),
    "right": lambda explorer, page: explorer.go_right(),
    "up": _mover(-1),
    "down": _mover(1),
    "first": _mover(-_FAR),
    "last": _mover(_FAR),
    "page_up": lambda explorer, page: explorer.move(-page),
    "page_down": lambda explorer, page: explorer.move(page),
    **{change.value: _toggler(change) for change in Change},
}
"""By name; called with the explorer and the number of rows that a page has."""
