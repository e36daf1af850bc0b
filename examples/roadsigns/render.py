# SPDX-License-Identifier: Apache-2.0
"""Road signs in scenes: background, perspective, light, shadow, occlusion, blur, noise, JPEG.

scene(seed, index, class_id, w, h) returns one uint8 RGB image [h, w, 3]. Equal arguments give an equal image.
Everything is painted at twice the size and reduced at the end, so that edges are antialiased.

Run it alone for a look: python3 render.py sheet.png [seed]
"""
import io
import math
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import signs

# One seed per purpose, so that no image of one set is ever seen in another.
SEED_TRAIN, SEED_VALIDATE, SEED_EVAL, SEED_SAMPLES = 101, 202, 303, 404

SS = 2  # supersampling factor of a scene


# --- small tools ------------------------------------------------------------------------------------------------

def soft_noise(rng, w, h, cells):
    """Smooth noise [h, w], about unit variance, with features of roughly min(w, h) / cells pixels."""
    step = min(w, h) / cells
    small = rng.normal(size=(max(2, round(h / step)) + 1, max(2, round(w / step)) + 1)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize((w, h), Image.Resampling.BICUBIC))


def pick_colour(rng, colours, spread):
    base = colours[rng.integers(len(colours))]
    return signs.jitter(rng, base, spread)


def shade(colour, factor):
    return tuple(int(min(255, max(0, c * factor))) for c in colour)


def blob(rng, draw, cx, cy, size, count, colour):
    """A clump of leaves: many small ellipses of one colour in different light."""
    for _ in range(count):
        x, y = rng.normal(cx, size * 0.5), rng.normal(cy, size * 0.4)
        rx, ry = size * rng.uniform(0.08, 0.3), size * rng.uniform(0.06, 0.22)
        draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=shade(colour, rng.uniform(0.55, 1.3)))


# --- backgrounds ------------------------------------------------------------------------------------------------

SKIES = ((150, 190, 232), (196, 208, 220), (168, 172, 180), (226, 214, 200), (110, 160, 220))
GREENS = ((62, 98, 44), (92, 116, 52), (44, 74, 40), (122, 118, 60), (84, 72, 44))
WALLS = ((172, 150, 128), (142, 92, 76), (190, 186, 178), (120, 122, 128), (206, 190, 150), (86, 84, 88))
BRIGHT = ((200, 36, 40), (30, 80, 170), (236, 196, 40), (240, 240, 238), (40, 130, 70), (230, 120, 30))


def gradient(w, h, top, bottom):
    t = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    row = np.float32(top) * (1 - t) + np.float32(bottom) * t
    return Image.fromarray(np.broadcast_to(row, (h, w, 3)).astype(np.uint8))


def paint_sky(rng, w, h):
    top = pick_colour(rng, SKIES, 15)
    return gradient(w, h, top, shade(top, rng.uniform(0.95, 1.25)))


def paint_ground(rng, draw, w, h, horizon):
    draw.rectangle([0, horizon, w, h], fill=pick_colour(rng, GREENS + WALLS, 14))
    grey = int(rng.uniform(70, 130))
    x0, x1 = sorted(rng.uniform(-0.6 * w, 1.6 * w, 2))
    far = rng.uniform(0.3, 0.7) * w
    draw.polygon([(far - 3, horizon), (far + 3, horizon), (x1, h), (x0, h)], fill=(grey, grey, grey + 4))


def paint_house(rng, draw, w, h, horizon):
    side = min(w, h)
    x0, wide = rng.uniform(-0.2, 0.9) * w, rng.uniform(0.2, 0.6) * side
    top = horizon - rng.uniform(0.25, 0.9) * side
    wall = pick_colour(rng, WALLS, 18)
    draw.rectangle([x0, top, x0 + wide, horizon + 2], fill=wall)
    glass = shade(wall, rng.uniform(0.35, 0.75))
    pitch = side * rng.uniform(0.07, 0.14)
    for y in np.arange(top + pitch * 0.4, horizon - pitch * 0.6, pitch * 1.3):
        for x in np.arange(x0 + pitch * 0.3, x0 + wide - pitch * 0.6, pitch):
            draw.rectangle([x, y, x + pitch * 0.5, y + pitch * 0.75], fill=glass)


def open_road(rng, w, h):
    image = paint_sky(rng, w, h)
    draw = ImageDraw.Draw(image)
    horizon = h * rng.uniform(0.45, 0.95)
    xs = np.linspace(-0.05 * w, 1.05 * w, 9)
    hills = [(x, horizon - rng.uniform(0, 0.25) * h) for x in xs]
    draw.polygon(hills + [(w, h), (0, h)], fill=pick_colour(rng, GREENS, 20))
    paint_ground(rng, draw, w, h, horizon)
    for _ in range(rng.integers(0, 4)):
        blob(rng, draw, rng.uniform(0, w), horizon, 0.3 * min(w, h), 25, pick_colour(rng, GREENS, 15))
    return image


def street(rng, w, h):
    image = paint_sky(rng, w, h)
    draw = ImageDraw.Draw(image)
    horizon = h * rng.uniform(0.6, 1.0)
    for _ in range(rng.integers(2, 6)):
        paint_house(rng, draw, w, h, horizon)
    paint_ground(rng, draw, w, h, horizon)
    return image


def foliage(rng, w, h):
    image = Image.new("RGB", (w, h), pick_colour(rng, GREENS, 20))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(5, 11)):
        blob(rng, draw, rng.uniform(0, w), rng.uniform(0, h), 0.35 * min(w, h), 18, pick_colour(rng, GREENS, 25))
    return image


def brick_wall(rng, w, h):
    wall = pick_colour(rng, WALLS, 20)
    image = Image.new("RGB", (w, h), wall)
    draw = ImageDraw.Draw(image)
    row = min(w, h) * rng.uniform(0.04, 0.12)
    joint = shade(wall, rng.uniform(0.6, 1.35))
    for j, y in enumerate(np.arange(0, h, row)):
        draw.line([0, y, w, y], fill=joint, width=2)
        for x in np.arange((j % 2) * row, w, 2 * row):
            draw.line([x, y, x, y + row], fill=joint, width=2)
    return image


def clutter(rng, w, h):
    image = gradient(w, h, pick_colour(rng, SKIES + WALLS, 30), pick_colour(rng, WALLS + GREENS, 30))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(6, 18)):
        distractor(rng, draw, rng.uniform(0, w), rng.uniform(0, h), min(w, h) * rng.uniform(0.05, 0.3),
                   tuple(int(v) for v in rng.integers(20, 240, 3)))
    return image


def distractor(rng, draw, x, y, r, colour):
    """A shape that could be part of a sign: disc, triangle, panel or bar."""
    kind = rng.integers(4)
    if kind == 0:
        draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)
    elif kind == 1:
        turn = rng.uniform(0, 360)
        draw.polygon([(x + px * r, y + py * r) for px, py in signs.regular(3, 1.0, turn)], fill=colour)
    elif kind == 2:
        draw.rectangle([x - r, y - r * 0.6, x + r, y + r * 0.6], fill=colour)
    else:
        dx, dy = rng.uniform(-2, 2, 2) * r
        draw.line([x, y, x + dx, y + dy], fill=colour, width=max(1, int(r * 0.3)))


BACKGROUNDS = (open_road, street, foliage, brick_wall, clutter)


def background(rng, w, h):
    image = BACKGROUNDS[rng.choice(5, p=(0.3, 0.27, 0.18, 0.1, 0.15))](rng, w, h)
    if rng.random() < 0.35:  # other signs and boards at the margin
        draw = ImageDraw.Draw(image)
        for _ in range(rng.integers(1, 4)):
            a, far = rng.uniform(0, 2 * math.pi), min(w, h) * rng.uniform(0.42, 0.6)
            distractor(rng, draw, w / 2 + far * math.cos(a), h / 2 + far * math.sin(a),
                       min(w, h) * rng.uniform(0.06, 0.2), pick_colour(rng, BRIGHT, 25))
    pixels = np.asarray(image).astype(np.float32)
    for cells, strength in ((4, 10), (14, 6), (45, 5)):
        pixels += soft_noise(rng, w, h, cells)[..., None] * rng.uniform(0, strength)
    return pixels


# --- the sign in the scene --------------------------------------------------------------------------------------

def random_pose(rng, w, h):
    """Corners of the sign's square in the image, after a turn in space and a projection."""
    side = min(w, h)
    radius = side * rng.uniform(0.24, 0.46)
    yaw, pitch, roll = np.radians([rng.uniform(-48, 48), rng.uniform(-25, 25), rng.normal(0, 9)])
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
    turn = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) \
        @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) @ turn.T
    depth = rng.uniform(3.5, 9.0)
    flat = corners[:, :2] * (depth / (depth + corners[:, 2:]))
    shift = rng.normal(0, 0.035, 2) * side
    return flat * radius + np.array([w / 2, h / 2]) + np.clip(shift, -0.08 * side, 0.08 * side), radius


def warp(image, quad, w, h):
    """Projects a square image onto the four corners of quad."""
    n = image.width
    source = np.array([[0, 0], [n, 0], [n, n], [0, n]], dtype=np.float64)
    rows, right = [], []
    for (x, y), (u, v) in zip(quad, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    coefficients = np.linalg.solve(np.array(rows), np.array(right))
    return image.transform((w, h), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)


def paint_pole(rng, pixels, centre, radius):
    h, w = pixels.shape[:2]
    wide = max(2, int(radius * rng.uniform(0.09, 0.16)))
    x0 = int(centre[0] - wide / 2 + rng.normal(0, radius * 0.03))
    light = np.float32(rng.uniform(70, 190)) * (1 - 0.5 * np.linspace(-1, 1, wide, dtype=np.float32) ** 2)
    x0 = min(max(x0, 0), w - wide)
    pixels[int(centre[1]):, x0:x0 + wide] = light[:, None] + rng.normal(0, 6, 3)


def weather(rng, paint, w, h):
    """Fading, a slope of light, dirt and glare on the sign's face."""
    grey = paint.mean(axis=2, keepdims=True)
    paint = paint + (grey - paint) * rng.uniform(0, 0.35)
    ys, xs = np.mgrid[-1:1:h * 1j, -1:1:w * 1j].astype(np.float32)
    a = rng.uniform(0, 2 * math.pi)
    paint *= (1 + rng.uniform(0, 0.22) * (xs * math.cos(a) + ys * math.sin(a)))[..., None]
    if rng.random() < 0.2:
        dirt = np.clip(soft_noise(rng, w, h, rng.uniform(5, 16)) - rng.uniform(0.3, 1), 0, 1)[..., None]
        paint += (np.float32(pick_colour(rng, WALLS + GREENS, 20)) - paint) * dirt * rng.uniform(0.3, 0.8)
    if rng.random() < 0.12:
        gx, gy = rng.uniform(-0.5, 0.5, 2)
        spot = np.exp(-((xs - gx) ** 2 + (ys - gy) ** 2) / rng.uniform(0.02, 0.15))
        paint += spot[..., None] * rng.uniform(40, 150)
    return paint


def occlude(rng, pixels, centre, radius, alpha):
    """Something in front of the sign, if it hides at most a quarter of it."""
    h, w = pixels.shape[:2]
    layer = Image.new("RGBA", (w, h))
    draw = ImageDraw.Draw(layer)
    a, far = rng.uniform(0, 2 * math.pi), radius * rng.uniform(0.6, 1.1)
    x, y = centre[0] + far * math.cos(a), centre[1] + far * math.sin(a)
    kind = rng.choice(4, p=(0.45, 0.2, 0.2, 0.15))
    if kind == 0:
        blob(rng, draw, x, y, radius * rng.uniform(0.4, 0.9), 22, pick_colour(rng, GREENS, 20))
    elif kind == 1:  # branch, wire or post
        b = a + rng.uniform(0.8, 2.3)
        dx, dy = 3 * radius * math.cos(b), 3 * radius * math.sin(b)
        draw.line([x - dx, y - dy, x + dx, y + dy], fill=pick_colour(rng, WALLS, 25),
                  width=max(2, int(radius * rng.uniform(0.05, 0.2))))
    elif kind == 2:  # sticker
        r, turn = radius * rng.uniform(0.12, 0.28), rng.uniform(0, 360)
        near = rng.uniform(0.2, 0.7)
        box = [(centre[0] + near * (x - centre[0]) + px * r, centre[1] + near * (y - centre[1]) + py * r)
               for px, py in signs.regular(4, 1.0, turn)]
        draw.polygon(box, fill=pick_colour(rng, BRIGHT + WALLS, 40))
    else:  # snow on the upper edge
        for _ in range(14):
            sx = centre[0] + rng.uniform(-0.8, 0.8) * radius
            r = radius * rng.uniform(0.1, 0.25)
            sy = centre[1] - math.sqrt(max(0.0, radius ** 2 - (sx - centre[0]) ** 2))
            draw.ellipse([sx - r, sy - r * 0.7, sx + r, sy + r * 0.7], fill=(235, 238, 244))
    cover = np.asarray(layer).astype(np.float32)
    mask = cover[..., 3:] / 255
    if (mask[..., 0] * alpha).sum() <= 0.25 * alpha.sum():
        pixels += (cover[..., :3] - pixels) * mask


def cast_shadow(rng, pixels):
    """The shadow of a building edge or of branches over the whole scene."""
    h, w = pixels.shape[:2]
    layer = Image.new("L", (w, h))
    draw = ImageDraw.Draw(layer)
    side = min(w, h)
    cx, cy, a = rng.uniform(0.2, 0.8) * w, rng.uniform(0.2, 0.8) * h, rng.uniform(0, 2 * math.pi)
    far = 3 * max(w, h)
    if rng.random() < 0.6:
        draw.polygon([(cx + far * math.cos(a + t), cy + far * math.sin(a + t)) for t in (-1.57, 0, 1.57)], fill=255)
    else:
        for _ in range(rng.integers(3, 9)):
            x, y, b = rng.uniform(0, w), rng.uniform(0, h), a + rng.normal(0, 0.5)
            dx, dy = far * math.cos(b), far * math.sin(b)
            draw.line([x - dx, y - dy, x + dx, y + dy], fill=255, width=int(side * rng.uniform(0.02, 0.12)))
    soft = layer.filter(ImageFilter.GaussianBlur(side * rng.uniform(0.002, 0.03)))
    pixels *= 1 - rng.uniform(0.25, 0.65) * np.asarray(soft)[..., None].astype(np.float32) / 255


# --- the camera -------------------------------------------------------------------------------------------------

def motion_blur(rng, pixels, reach):
    """Averages copies shifted along a line of up to reach pixels."""
    a = rng.uniform(0, math.pi)
    dx, dy = reach * math.cos(a), reach * math.sin(a)
    steps = max(2, int(reach) + 1)
    pad = int(reach) + 1
    h, w = pixels.shape[:2]
    wide = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    total = np.zeros_like(pixels)
    for t in np.linspace(-0.5, 0.5, steps):
        x, y = pad + round(t * dx), pad + round(t * dy)
        total += wide[y:y + h, x:x + w]
    return total / steps


def lens(rng, pixels, w, h):
    """Motion, focus, then the reduction to the final size. Returns float [h, w, 3]."""
    unit = SS * min(w, h) / 96  # one final pixel of a 96 pixel image
    if rng.random() < 0.3:
        pixels = motion_blur(rng, pixels, rng.uniform(1.5, 9) * unit)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if rng.random() < 0.7:
        image = image.filter(ImageFilter.GaussianBlur(unit * abs(rng.normal(0, 1.4))))
    return np.asarray(image.reduce(SS)).astype(np.float32)


def sensor(rng, pixels):
    """Exposure, contrast, colour cast, fog and noise. Returns uint8."""
    grey = pixels.mean(axis=2, keepdims=True)
    colour = 0.0 if rng.random() < 0.03 else rng.uniform(0.45, 1.3)
    pixels = grey + (pixels - grey) * colour
    if rng.random() < 0.12:
        pixels += (np.float32(rng.uniform(150, 220)) - pixels) * rng.uniform(0.2, 0.75)
    pixels *= np.float32(1 + rng.normal(0, 0.08, 3))
    dark = rng.random() < 0.25
    pixels *= rng.uniform(0.12, 0.6) if dark else rng.uniform(0.65, 1.3)
    contrast = rng.uniform(0.7, 1.25)
    pixels = (pixels - pixels.mean()) * contrast + pixels.mean()
    read = rng.uniform(0.3, 3) + (abs(rng.normal(0, 6)) if rng.random() < 0.35 else 0)
    shot = rng.uniform(0, 0.25)
    sigma = np.sqrt(read ** 2 + shot ** 2 * np.clip(pixels, 0, 255))
    pixels = pixels + sigma * rng.normal(size=pixels.shape).astype(np.float32)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def jpeg_round_trip(pixels, quality):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def scene(seed, index, class_id, w=96, h=96):
    """One picture of one sign: uint8 RGB [h, w, 3], fixed by its arguments."""
    rng = np.random.default_rng([seed, index])
    big_w, big_h = w * SS, h * SS
    pixels = background(rng, big_w, big_h)
    quad, radius = random_pose(rng, big_w, big_h)
    centre = quad.mean(axis=0)
    if rng.random() < 0.7:
        paint_pole(rng, pixels, centre, radius)
    flat = signs.draw_sign(class_id, int(2 * radius), signs.random_style(rng))
    sign = np.asarray(warp(flat, quad, big_w, big_h)).astype(np.float32)
    alpha = sign[..., 3] / 255
    pixels += (weather(rng, sign[..., :3], big_w, big_h) - pixels) * alpha[..., None]
    if rng.random() < 0.4:
        occlude(rng, pixels, centre, radius, alpha)
    if rng.random() < 0.35:
        cast_shadow(rng, pixels)
    result = sensor(rng, lens(rng, pixels, w, h))
    if rng.random() < 0.5:
        result = jpeg_round_trip(result, int(rng.integers(35, 95)))
    return result


def class_of(index):
    """Sets are balanced: image i shows class i mod 16."""
    return index % len(signs.NAMES)


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sheet = np.concatenate([np.concatenate([scene(seed, r * 16 + c, c) for c in range(16)], axis=1)
                            for r in range(8)], axis=0)
    Image.fromarray(sheet).save(sys.argv[1])


if __name__ == "__main__":
    main()
