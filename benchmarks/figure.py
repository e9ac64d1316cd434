"""The README's figure, as an SVG written by hand: failed requests against false rollbacks."""

from dataclasses import dataclass
from math import log10
from pathlib import Path

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 690, 50, 360
_LEAST, _MOST = 10, 2_000  # failed requests, on a logarithmic axis
_OURS, _OTHERS, _GRID, _TEXT = "#c2410c", "#475569", "#e2e8f0", "#1e293b"


@dataclass(frozen=True)
class Point:
    """A rule: healthy releases rolled back (mean and worst kind, 0 to 1), and failed requests."""

    name: str
    false_rollbacks: float
    worst: float
    failed_requests: float


def draw(points: list[Point], path: Path) -> None:
    """Draw the points, of which the first is the one to be seen."""
    marks = [_mark(point, _OURS if point is points[0] else _OTHERS) for point in points]
    path.write_text("\n".join([*_frame(), *marks, "</svg>", ""]), encoding="utf-8")


def _x(part: float) -> float:
    return _LEFT + part * (_RIGHT - _LEFT)


def _y(requests: float) -> float:
    height = log10(min(max(requests, _LEAST), _MOST) / _LEAST) / log10(_MOST / _LEAST)
    return _BOTTOM - height * (_BOTTOM - _TOP)


def _frame() -> list[str]:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="13" fill="{_TEXT}" role="img">',
        "<title>Failed requests of a bad release against false rollbacks of healthy ones</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 24, "Failed requests of a bad release (mean); lower is better"),
        _text(_RIGHT, 404, "Healthy releases rolled back: mean (dot), worst (bar)", "end"),
    ]
    for percent in range(0, 101, 20):
        x = _x(percent / 100)
        lines += [_line(x, _TOP, x, _BOTTOM, _GRID), _text(x, 380, f"{percent} %", "middle")]
    for requests in (10, 30, 100, 300, 1_000):
        y = _y(requests)
        lines += [
            _line(_LEFT, y, _RIGHT, y, _GRID),
            _text(_LEFT - 8, y + 4, f"{requests:,}", "end"),
        ]
    return lines


def _mark(point: Point, colour: str) -> str:
    x, y, worst = _x(point.false_rollbacks), _y(point.failed_requests), _x(point.worst)
    anchor, beside = ("end", 4) if point.false_rollbacks > 0.6 else ("start", -4)
    return "\n".join(
        [
            _line(x, y, worst, y, colour, 2),
            _line(worst, y - 5, worst, y + 5, colour, 2),
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>',
            _text(x + beside, y - 12, point.name, anchor, colour),
        ]
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = _TEXT) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
