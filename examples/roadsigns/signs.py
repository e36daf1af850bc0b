# SPDX-License-Identifier: Apache-2.0
"""The sixteen road signs, drawn flat and facing the viewer.

Shapes and characters are our own polygons and strokes; no font file is read. A sign lives in the square
[-1, 1] x [-1, 1] with y pointing down. render.py puts the result into a scene.
"""
import math

from PIL import Image, ImageDraw

NAMES = (
    "stop", "yield", "no_entry", "speed_30", "speed_50", "speed_80", "speed_100", "priority_road",
    "keep_right", "keep_left", "roundabout", "pedestrian_crossing", "danger", "bend_left", "bend_right",
    "no_parking",
)


class Pen:
    """Draws in sign coordinates on a transparent square of n x n pixels."""

    def __init__(self, n, clear):
        self.n = n
        self.image = Image.new("RGBA", (n, n), clear + (0,))
        self.draw = ImageDraw.Draw(self.image)

    def pixels(self, points):
        half = self.n / 2
        return [((x + 1) * half, (y + 1) * half) for x, y in points]

    def poly(self, points, colour):
        self.draw.polygon(self.pixels(points), fill=colour)

    def disc(self, cx, cy, r, colour):
        (x0, y0), (x1, y1) = self.pixels([(cx - r, cy - r), (cx + r, cy + r)])
        self.draw.ellipse([x0, y0, x1, y1], fill=colour)

    def stroke(self, points, width, colour):
        """A line of the given width with round joints and ends."""
        wide = max(1, round(width * self.n / 2))
        self.draw.line(self.pixels(points), fill=colour, width=wide, joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, wide / self.n, colour)


def arc(cx, cy, rx, ry, a0, a1, steps=24):
    """Points on an ellipse from angle a0 to a1 in degrees; 0 is right, 90 is down."""
    angles = [math.radians(a0 + (a1 - a0) * i / steps) for i in range(steps + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def regular(n, r, turn=0.0):
    """A regular polygon; turn is the angle of its first corner in degrees."""
    return arc(0, 0, r, r, turn, turn + 360 - 360 / n, n - 1)


def scaled(points, s, cx=0.0, cy=0.0):
    return [(cx + x * s, cy + y * s) for x, y in points]


def rounded(points, r):
    """The outline of a convex polygon grown by r: every corner becomes a small arc."""
    out = []
    for i, (x, y) in enumerate(points):
        (px, py), (nx, ny) = points[i - 1], points[(i + 1) % len(points)]
        a0 = math.degrees(math.atan2(py - y, px - x)) + 90
        a1 = math.degrees(math.atan2(ny - y, nx - x)) - 90
        a1 += 360 if a1 < a0 else 0
        out += arc(x, y, r, r, a0, a1, 6)
    return out


# Strokes of each character: x in about [-0.5, 0.5], y in [-1, 1].
GLYPHS = {
    "0": [arc(0, 0, 0.46, 0.95, 0, 360, 32)],
    "1": [[(-0.32, -0.55), (0.08, -0.95), (0.08, 0.95)]],
    "3": [arc(-0.04, -0.48, 0.44, 0.47, -165, 90), arc(-0.04, 0.47, 0.5, 0.48, -90, 160)],
    "5": [[(0.4, -0.95), (-0.34, -0.95), (-0.42, -0.1)], arc(-0.03, 0.36, 0.49, 0.6, -142, 150)],
    "8": [arc(0, -0.48, 0.4, 0.47, 0, 360), arc(0, 0.46, 0.47, 0.49, 0, 360)],
    "S": [arc(0, -0.47, 0.43, 0.48, -20, -270), arc(0, 0.47, 0.45, 0.48, -90, 160)],
    "T": [[(-0.5, -0.95), (0.5, -0.95)], [(0, -0.95), (0, 0.95)]],
    "O": [arc(0, 0, 0.47, 0.95, 0, 360, 32)],
    "P": [[(-0.38, 0.95), (-0.38, -0.95), (0.02, -0.95)], arc(0.02, -0.42, 0.42, 0.53, -90, 90),
          [(0.02, 0.11), (-0.38, 0.11)]],
}


def text(pen, word, style, height, pitch, colour, weight):
    """A centred word: glyph height and distance of glyph centres in sign units, weight = stroke width."""
    half = height / 2
    for i, char in enumerate(word):
        cx = (i - (len(word) - 1) / 2) * pitch
        wide = min(style["wide"] * half, 0.86 * pitch - weight / 2)
        for line in GLYPHS[char]:
            points = [(cx + x * wide, y * (half - weight / 4)) for x, y in line]
            pen.stroke(points, weight * style["weight"], colour)


def arrow_head(pen, tip, angle, size, colour):
    """A filled triangle with its point at tip, looking along angle (degrees, 0 right, 90 down)."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    base = [(0, 0), (-size, -0.72 * size), (-size, 0.72 * size)]
    pen.poly([(tip[0] + x * c - y * s, tip[1] + x * s + y * c) for x, y in base], colour)


def mirrored(draw):
    """The same drawing with left and right swapped."""
    def flipped(pen, style):
        draw(pen, style)
        pen.image = pen.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return flipped


def red_ring(pen, style, inner):
    pen.disc(0, 0, 0.98, style["white"])
    pen.disc(0, 0, 0.95, style["red"])
    pen.disc(0, 0, 0.95 - style["rim"], inner)


def red_triangle(pen, style, up):
    sign = 1 if up else -1
    corners = [(0, -0.82 * sign), (0.87 * sign, 0.72 * sign), (-0.87 * sign, 0.72 * sign)]
    centre = 0.2 * sign
    pen.poly(rounded(corners, 0.1), style["white"])
    pen.poly(rounded(corners, 0.075), style["red"])
    inner = 1 - 1.55 * style["rim"]
    pen.poly(rounded([(x * inner, centre + (y - centre) * inner) for x, y in corners], 0.03), style["face"])


def blue_disc(pen, style):
    pen.disc(0, 0, 0.98, style["white"])
    pen.disc(0, 0, 0.94, style["blue"])


def stop(pen, style):
    pen.poly(regular(8, 1.03, 22.5), style["white"])
    pen.poly(regular(8, 0.96, 22.5), style["red"])
    text(pen, "STOP", style, 0.62, 0.43, style["white"], 0.1)


def yield_(pen, style):
    red_triangle(pen, style, up=False)


def no_entry(pen, style):
    pen.disc(0, 0, 0.98, style["white"])
    pen.disc(0, 0, 0.95, style["red"])
    pen.poly([(-0.7, -0.18), (0.7, -0.18), (0.7, 0.18), (-0.7, 0.18)], style["white"])


def speed(number):
    def draw(pen, style):
        red_ring(pen, style, style["face"])
        if len(number) == 2:
            text(pen, number, style, 0.86, 0.58, style["black"], 0.15)
        else:
            text(pen, number, style, 0.76, 0.42, style["black"], 0.12)
    return draw


def priority_road(pen, style):
    pen.poly(rounded(regular(4, 0.95), 0.04), style["black"])
    pen.poly(rounded(regular(4, 0.93), 0.03), style["white"])
    pen.poly(rounded(regular(4, 0.62), 0.03), style["yellow"])


def keep_right(pen, style):
    blue_disc(pen, style)
    pen.stroke([(-0.45, -0.45), (0.25, 0.25)], 0.24 * style["weight"], style["white"])
    arrow_head(pen, (0.6, 0.6), 45, 0.52, style["white"])


def roundabout(pen, style):
    blue_disc(pen, style)
    for turn in (0, 120, 240):
        end = turn - 68
        pen.stroke(arc(0, 0, 0.52, 0.52, turn, end), 0.17 * style["weight"], style["white"])
        last = math.radians(end - 34)
        tip = (0.56 * math.cos(last), 0.56 * math.sin(last))
        arrow_head(pen, tip, end - 104, 0.38, style["white"])


def pedestrian_crossing(pen, style):
    pen.poly(rounded([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)], 0.08), style["white"])
    pen.poly(rounded([(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)], 0.08), style["blue"])
    pen.poly([(0, -0.76), (0.8, 0.66), (-0.8, 0.66)], style["white"])
    black, w = style["black"], 0.085 * style["weight"]
    pen.disc(0.0, -0.35, 0.09, black)
    pen.stroke([(0.0, -0.2), (-0.02, 0.12)], w * 1.7, black)             # body
    pen.stroke([(-0.02, 0.12), (0.17, 0.33), (0.2, 0.52)], w, black)     # legs
    pen.stroke([(-0.02, 0.12), (-0.1, 0.35), (-0.25, 0.52)], w, black)
    pen.stroke([(0.0, -0.18), (0.16, 0.0), (0.24, 0.06)], w * 0.8, black)  # arms
    pen.stroke([(0.0, -0.18), (-0.15, 0.0), (-0.22, 0.08)], w * 0.8, black)
    for x in (-0.56, -0.36, 0.32, 0.52):
        pen.poly([(x, 0.5), (x + 0.09, 0.5), (x + 0.05, 0.62), (x - 0.08, 0.62)], black)


def danger(pen, style):
    red_triangle(pen, style, up=True)
    pen.poly([(-0.1, -0.34), (0.1, -0.34), (0.055, 0.26), (-0.055, 0.26)], style["black"])
    pen.disc(0, 0.44, 0.1, style["black"])


def bend_left(pen, style):
    red_triangle(pen, style, up=True)
    path = [(0.16, 0.56), (0.16, 0.3)] + arc(-0.02, 0.3, 0.18, 0.24, 0, -75, 10)
    pen.stroke(path, 0.15 * style["weight"], style["black"])
    arrow_head(pen, (-0.34, 0.02), 186, 0.34, style["black"])


def no_parking(pen, style):
    pen.disc(0, 0, 0.98, style["white"])
    pen.disc(0, 0, 0.95, style["red"])
    pen.disc(0, 0, 0.95 - style["rim"], style["blue"])
    pen.stroke([(-0.56, -0.56), (0.56, 0.56)], style["rim"], style["red"])


PAINTERS = (
    stop, yield_, no_entry, speed("30"), speed("50"), speed("80"), speed("100"), priority_road,
    keep_right, mirrored(keep_right), roundabout, pedestrian_crossing, danger, bend_left,
    mirrored(bend_left), no_parking,
)
assert len(PAINTERS) == len(NAMES)


def jitter(rng, colour, spread):
    return tuple(int(min(255, max(0, c + rng.uniform(-spread, spread)))) for c in colour)


def random_style(rng):
    """Paint and proportions of one sign: makers and countries differ, paint fades."""
    white = jitter(rng, (238, 238, 234), 14)
    yellow = jitter(rng, (244, 190, 24), 18)
    return {
        "red": jitter(rng, (196, 28, 36), 26),
        "blue": jitter(rng, (22, 78, 164), 26),
        "yellow": yellow,
        "white": white,
        "face": yellow if rng.random() < 0.12 else white,
        "black": jitter(rng, (24, 24, 26), 16),
        "rim": rng.uniform(0.17, 0.25),
        "weight": rng.uniform(0.85, 1.15),
        "wide": rng.uniform(0.9, 1.1),
    }


def draw_sign(class_id, n, style):
    """The sign as an antialiased RGBA image of n x n pixels, transparent outside its outline."""
    pen = Pen(2 * n, style["white"])
    PAINTERS[class_id](pen, style)
    return pen.image.reduce(2)
