"""What the panes show and what the keys do, without a terminal: commands change the view, the rows follow. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.analyze.attribution import Attribution
from jettison.enums import StrEnum
from jettison.explore.comparison import Change, Comparison
from jettison.explore.instructions import Step
from jettison.explore.tree_rows import ALL_CHANGES, Folds, Found, find_paths, tree_rows, wanted_paths
from jettison.explore.versions import Versions, parents
from jettison.explore.waste import Waste
from jettison.frozen import dataclass, replace

_FEW_MATCHES = 10_000
"""Up to so many paths that match, the folders above them are open."""
_KEPT_AGGREGATES = 2
"""Comparisons over many layers are large."""


class Pane(StrEnum):
    """Which half the keys are for."""

    LAYERS = "layers"
    TREE = "tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the user has chosen to see."""

    pane: Pane = Pane.LAYERS
    step: int = 0
    """The row of the layers."""
    all_steps: bool = False
    """Show instructions that made no layer, too."""
    aggregated: bool = False
    """Show all changes since the lowest layer, not only those of the chosen one."""
    row: int = 0
    """The row of the tree."""
    folds: Folds = Folds()
    shown: frozenset[Change] = ALL_CHANGES
    text: str = ""
    cause: str | None = None
    """Show only what is ballast for this cause."""
    attributes: bool = False
    by_size: bool = False
    """What is largest goes first, in each folder."""


class Explorer:
    """An image, the view of it, and the rows that the view has."""

    def __init__(
        self,
        name: str,
        steps: Sequence[Step],
        versions: Versions,
        attribution: Attribution,
        *,
        view: View | None = None,
    ) -> None:
        self.name = name
        self.versions = versions
        self.attribution = attribution
        self.waste = Waste(attribution)
        self.view = view or View()
        self._steps = tuple(steps)
        self._folds_before: Folds | None = None
        """How the folders were before a filter opened them all."""
        self._comparisons: dict[tuple[int, int], Comparison] = {}
        self._matches = ("", Found([], as_text=False))
        self._update()

    @property
    def steps(self) -> Sequence[Step]:
        """The rows of the layers."""
        return self._shown_steps

    @property
    def step(self) -> Step | None:
        """The chosen row of the layers; None of an image without any."""
        return self._shown_steps[self.view.step] if self._shown_steps else None

    @property
    def rows(self) -> Sequence[str]:
        """The paths of the rows of the tree."""
        return self._rows

    @property
    def selected(self) -> str | None:
        """The chosen path of the tree; None where it has no rows."""
        return self._rows[self.view.row] if self._rows else None

    @property
    def comparison(self) -> Comparison:
        """What the tree compares."""
        step = self.step
        upper = step.height if step is not None else -1
        if self.view.aggregated:
            lower = min(0, upper - 1)
        else:
            lower = upper - 1 if step is not None and step.layer is not None else upper
        return self._compare(max(lower, -1), upper)

    def is_compared(self, step: Step) -> bool:
        """Whether the changes that are shown are also those of this row."""
        comparison = self.comparison
        return step.layer is not None and comparison.lower < step.layer <= comparison.upper

    def is_open(self, path: str) -> bool:
        """Whether the rows below a folder are shown."""
        return self.view.folds.is_open(path)

    @property
    def is_text(self) -> bool:
        """Whether the filter is taken as that very text though it looks like an expression."""
        return bool(self.view.text) and self._matches[1].as_text

    @property
    def matches(self) -> int:
        """How many paths of all layers the typed filter lets through."""
        return len(self._matches[1].paths) if self.view.text else 0

    def switch_pane(self) -> None:
        """Go to the other pane."""
        self.view = replace(self.view, pane=Pane.TREE if self.view.pane is Pane.LAYERS else Pane.LAYERS)

    def focus(self, pane: Pane) -> None:
        """Go to a pane."""
        self.view = replace(self.view, pane=pane)

    def move(self, rows: int) -> None:
        """Go up or down by so many rows, as far as there are any."""
        if self.view.pane is Pane.LAYERS:
            self.choose_step(self.view.step + rows)
        else:
            self.choose_row(self.view.row + rows)

    def choose_step(self, number: int) -> None:
        """Choose a row of the layers; the tree stays where it is if the path is there."""
        number = _within(number, len(self._shown_steps))
        if number != self.view.step:
            self._change(replace(self.view, step=number))

    def choose_row(self, number: int) -> None:
        """Choose a row of the tree."""
        self.view = replace(self.view, row=_within(number, len(self._rows)))

    def show_aggregated(self, *, aggregated: bool) -> None:
        """Show all changes since the lowest layer, or those of the chosen one."""
        self._change(replace(self.view, aggregated=aggregated))

    def toggle_all_steps(self) -> None:
        """Show or hide the instructions that made no layer."""
        height = self.step.height if self.step is not None else -1
        self.view = replace(self.view, all_steps=not self.view.all_steps)
        self._shown_steps = self._find_steps()
        places = [number for number, step in enumerate(self._shown_steps) if step.height <= height]
        self._change(replace(self.view, step=places[-1] if places else 0))

    def toggle_change(self, change: Change) -> None:
        """Show or hide what has this change."""
        self._change(replace(self.view, shown=self.view.shown.symmetric_difference((change,))))

    def toggle_attributes(self) -> None:
        """Show or hide mode, owner and time."""
        self.view = replace(self.view, attributes=not self.view.attributes)

    def toggle_order(self) -> None:
        """The largest first, or by name."""
        self._change(replace(self.view, by_size=not self.view.by_size))

    def show_cause(self, name: str | None) -> None:
        """Show only what is ballast for that cause; everything for None."""
        self._filter(replace(self.view, cause=name))

    def search(self, text: str) -> None:
        """Show only the paths that match, with all folders above them open; all paths for an empty text."""
        if text != self.view.text:
            self._filter(replace(self.view, text=text))

    def toggle_fold(self) -> None:
        """Open or close the chosen folder."""
        path = self.selected
        if path is not None and self.versions.has_children(path):
            self._change(replace(self.view, folds=self.view.folds.toggle(path)))

    def toggle_all_folds(self) -> None:
        """Close all folders, or open them all where none is open."""
        is_any_open = any(self.is_open(path) and self.versions.has_children(path) for path in self._rows)
        self._change(replace(self.view, folds=Folds(all_open=not is_any_open)))

    def go_right(self) -> None:
        """Open the chosen folder; go to what is in it where it is open."""
        path = self.selected
        if path is None or not self.versions.has_children(path):
            return
        if not self.is_open(path):
            self.toggle_fold()
        else:
            self.choose_row(self.view.row + 1)

    def go_left(self) -> None:
        """Close the chosen folder; go to the one above where it is closed."""
        path = self.selected
        if path is None:
            return
        if self.versions.has_children(path) and self.is_open(path):
            self.toggle_fold()
            return
        above = path.rpartition("/")[0]
        if above:
            self.choose_row(self._rows.index(above))

    def _filter(self, view: View) -> None:
        """Take on a view with other filters; folders are open while text or cause let only few paths through."""
        was_filtered, is_filtered = _narrows(self.view), _narrows(view)
        if is_filtered and not was_filtered:
            self._folds_before = view.folds
        if is_filtered:
            few = len(self._candidates(view) or ()) <= _FEW_MATCHES
            view = replace(view, folds=Folds(all_open=few))
        elif self._folds_before is not None:
            view = replace(view, folds=self._folds_before)
        self._change(view)

    def _change(self, view: View) -> None:
        """Take on a view, and keep to the chosen path, or to what is nearest to it."""
        path, row = self.selected, view.row
        self.view = view
        self._update()
        if path is not None:
            places = {known: number for number, known in enumerate(self._rows)}
            row = next((places[near] for near in (path, *parents(path)) if near in places), row)
        self.choose_row(row)

    def _update(self) -> None:
        self._shown_steps = self._find_steps()
        comparison = self.comparison
        wanted = None
        candidates = self._candidates(self.view)
        if candidates is not None:
            lost = Change.REMOVED if self.view.cause is not None else None
            wanted = wanted_paths(comparison, candidates, self.view.shown, otherwise=lost)
        view = self.view
        self._rows = tree_rows(comparison, view.folds, shown=view.shown, wanted=wanted, by_size=view.by_size)

    def _find_steps(self) -> tuple[Step, ...]:
        return self._steps if self.view.all_steps else tuple(step for step in self._steps if step.layer is not None)

    def _candidates(self, view: View) -> list[str] | None:
        """The paths that text and cause let through; None where there is neither."""
        if not _narrows(view):
            return None
        found: list[str] | None = None
        if view.cause is not None:
            comparison = self.comparison
            found = list(self.waste.paths(view.cause, range(max(comparison.lower + 1, 0), comparison.upper + 1)))
        if not view.text:
            return found
        if self._matches[0] != view.text:
            self._matches = (view.text, find_paths(view.text, self.versions.newest))
        if found is None:
            return self._matches[1].paths
        matching = set(self._matches[1].paths)
        return [path for path in found if path in matching]

    def _compare(self, lower: int, upper: int) -> Comparison:
        key = lower, upper
        found = self._comparisons.get(key)
        if found is None:
            found = self._comparisons[key] = Comparison(self.versions, lower, upper)
            aggregates = [each for each in self._comparisons if each[1] - each[0] > 1]
            for each in aggregates[:-_KEPT_AGGREGATES]:
                del self._comparisons[each]
        return found


def _narrows(view: View) -> bool:
    return bool(view.text) or view.cause is not None


def _within(number: int, count: int) -> int:
    return max(0, min(number, count - 1))
