"""What is new in a view since the last one, a line each, for logs and pipes."""

from domain.view.view import View


def changes(before: View | None, after: View) -> list[str]:
    """Say what has changed; nothing where it is the same."""
    lines = [] if before is not None and _same_place(before, after) else [_headline(after)]
    old = {one["check"]: one["outcome"] for one in before.checks} if before else {}
    lines += [
        f"{one['check']}: {one['outcome']} ({one['reason']})"
        for one in after.checks
        if old.get(one["check"]) != one["outcome"]
    ]
    known = list(before.orders) if before else []
    lines += [
        f"order {one['order']!r} of {one['at']} {'not obeyed' if one['ignored'] else 'obeyed'}"
        for one in after.orders
        if one not in known
    ]
    return lines


def _same_place(before: View, after: View) -> bool:
    """Tell whether both stand at the same place."""
    return (before.phase, before.over, before.weight) == (after.phase, after.over, after.weight)


def _headline(view: View) -> str:
    return f"{view.headline}; next: {view.next}" if view.next else view.headline
