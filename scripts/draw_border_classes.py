#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/border_classes.svg: the border classes of a 7x7 convolution, stride 2, padding 3, on 224x224 pixels.

    scripts/draw_border_classes.py            write the picture
    scripts/draw_border_classes.py --check    exit 1 if the picture is not what would be written
"""
import pathlib
import sys

SIZE, KERNEL, STRIDE, PAD = 224, 7, 2, 3
OUT = (SIZE + 2 * PAD - KERNEL) // STRIDE + 1
PICTURE = pathlib.Path(__file__).resolve().parents[1] / "docs/border_classes.svg"

INK, FAINT, PAPER, OUTSIDE = "#24292f", "#6e7781", "#ffffff", "#e4e7eb"
EDGE, WIDE = 112, 176             # side of a cell: classes of one row, the class of many
LEFT, TOP, GAP, TAP = 118, 96, 6, 10
INSET = 2                         # pixels of a position in the picture at true proportions


def taps(position):
    """First and one past the last tap of an output position that lie inside the image."""
    at = position * STRIDE - PAD
    return max(0, -at), min(KERNEL, SIZE - at)


def classes():
    """Runs of output positions along one axis that see the same taps: [(first, last, (begin, end))]."""
    runs = []
    for position in range(OUT):
        if runs and runs[-1][2] == taps(position):
            runs[-1] = (runs[-1][0], position, runs[-1][2])
        else:
            runs.append((position, position, taps(position)))
    return runs


def count(run):
    return run[1] - run[0] + 1


def colour(row, col, n):
    """Interior gray; along the top and bottom blue to violet, along the sides green, corners warm."""
    is_interior_row, is_interior_col = row == 2, col == 2
    if is_interior_row and is_interior_col:
        return "#9aa4ae"
    light = 42 + 9 * ((row if is_interior_col else col) % n)
    hue = 215 if is_interior_col else 150 if is_interior_row else 12 + 14 * row
    return f"hsl({hue},62%,{light}%)"


def text(x, y, string, size=12, fill=INK, anchor="middle", weight="normal"):
    return (f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{string}</text>')


def rectangle(x, y, width, height, fill, more=""):
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"{more}/>'


def kernel(x, y, rows, cols, fill):
    """The 7x7 taps of a class; those outside the image are pale."""
    for r in range(KERNEL):
        for c in range(KERNEL):
            inside = rows[0] <= r < rows[1] and cols[0] <= c < cols[1]
            yield rectangle(x + c * TAP, y + r * TAP, TAP - 1, TAP - 1, fill if inside else OUTSIDE)


def span(run):
    return f"{run[0]}" if count(run) == 1 else f"{run[0]} .. {run[1]}"


def places(runs):
    """Where each class's cell begins, and its side."""
    at, found = 0, []
    for run in runs:
        side = EDGE if count(run) == 1 else WIDE
        found.append((at, side))
        at += side + GAP
    return found


def cells(runs):
    for i, (row, (y, height)) in enumerate(zip(runs, places(runs))):
        for j, (col, (x, width)) in enumerate(zip(runs, places(runs))):
            fill, n = colour(i, j, len(runs)), count(row) * count(col)
            yield rectangle(LEFT + x, TOP + y, width, height, PAPER, f' stroke="{fill}" stroke-width="2" rx="4"')
            corner = LEFT + x + (width - KERNEL * TAP) / 2, TOP + y + (height - KERNEL * TAP) / 2 - 13
            yield from kernel(*corner, row[2], col[2], fill)
            n_taps = (row[2][1] - row[2][0]) * (col[2][1] - col[2][0])
            yield text(LEFT + x + width / 2, TOP + y + height / 2 + 37, f"{n_taps} taps", 11)
            yield text(LEFT + x + width / 2, TOP + y + height / 2 + 50, f"{n:,} position{'s' if n > 1 else ''}", 11, FAINT)


def labels(runs):
    for run, (at, side) in zip(runs, places(runs)):
        middle, inside = at + side / 2, f"taps {run[2][0]} .. {run[2][1] - 1}"
        yield text(LEFT + middle, TOP - 24, f"column{'s' if count(run) > 1 else ''} {span(run)}", 12, weight="bold")
        yield text(LEFT + middle, TOP - 9, inside, 11, FAINT)
        yield text(LEFT - 12, TOP + middle, f"row{'s' if count(run) > 1 else ''} {span(run)}", 12, anchor="end", weight="bold")
        yield text(LEFT - 12, TOP + middle + 15, inside, 11, FAINT, anchor="end")


def inset(runs, x, y):
    """The output map in true proportions."""
    for i, row in enumerate(runs):
        for j, col in enumerate(runs):
            yield rectangle(x + INSET * col[0], y + INSET * row[0], INSET * count(col), INSET * count(row),
                            colour(i, j, len(runs)))


def notes(runs, x, y):
    total, interior = OUT * OUT, max(count(run) for run in runs) ** 2
    lines = [(f"{len(runs)} x {len(runs)} = {len(runs) ** 2} classes", "bold"),
             (f"{interior:,} of {total:,} positions see all", "normal"), (f"{KERNEL * KERNEL} taps (gray).", "normal"),
             (f"{total - interior} positions ({100 * (total - interior) / total:.1f} %) do not:", "normal"),
             ("each other class has a bias of its own,", "normal"), ("the sum over its coloured taps only.", "normal"),
             ("", "normal"), ("Pale taps read the padding, which is zero", "normal"),
             ("after the normalization: they add nothing.", "normal")]
    for i, (line, weight) in enumerate(lines):
        yield text(x, y + 19 * i, line, 13, INK, "start", weight)


def picture():
    runs = classes()
    last, side = places(runs)[-1]
    grid = last + side
    right = LEFT + grid + 40
    width, height = right + 306, TOP + grid + 24
    body = [rectangle(0, 0, width, height, PAPER, ' rx="8"'),
            text(20, 34, f"Border classes of a {KERNEL}x{KERNEL} convolution, stride {STRIDE}, padding {PAD}, on {SIZE}x{SIZE} pixels",
                 17, anchor="start", weight="bold")]
    body += [*labels(runs), *cells(runs), text(right, TOP - 9, f"the {OUT}x{OUT} outputs in true proportions", 12, FAINT, "start")]
    body += [*inset(runs, right, TOP), *notes(runs, right, TOP + INSET * OUT + 34)]
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif">\n<!-- Written by scripts/draw_border_classes.py -->\n')
    return head + "\n".join(body) + "\n</svg>\n"


def main():
    if sys.argv[1:] == ["--check"]:
        same = PICTURE.exists() and PICTURE.read_text() == picture()
        print(f"{PICTURE.name}: {'as written by' if same else 'not what is written by'} scripts/draw_border_classes.py")
        return 0 if same else 1
    if sys.argv[1:]:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    PICTURE.write_text(picture())
    return 0


if __name__ == "__main__":
    sys.exit(main())
