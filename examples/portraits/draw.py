#!/usr/bin/env python3
"""Draws the sample portraits: simple vector faces, each decided by its file name alone. They show no real person.

Needs `rsvg-convert` (librsvg) and `convert` (ImageMagick). Run it in this folder:

    python3 draw.py            every portrait named in ../records.json
    python3 draw.py --svg      keeps the SVG files as well

The output is a baseline JPEG with a JFIF header, 413 x 531 pixels at 300 dpi (35 x 45 mm).
What a face shows (headscarf, beard, grey hair) follows the record's sex and age, the rest the file name.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

WIDTH, HEIGHT = 413, 531
SMALLEST, LARGEST = 14_000, 21_500  # bytes a file may have; which, the name decides

SKIN = ["#f6d7bf", "#eec39f", "#e0ac83", "#c98f66", "#a8714a", "#80502f", "#f3cdb0", "#d69f74"]
HAIR = ["#1d1714", "#2c1f18", "#4a3020", "#6d4527", "#8c5a30", "#37312e"]
GREY = ["#b9b7b4", "#d9d8d6", "#8f8d8b"]
EYES = ["#4b3423", "#2f2118", "#5a6f48", "#4a6b86", "#6b4a2a"]
BACKDROP = ["#dfe7ee", "#e8e8e4", "#d7e3df", "#ece4da", "#e2deea", "#d5dfea"]
CLOTHES = ["#26364d", "#4d2b35", "#2f4a3d", "#5b4a38", "#3b3b44", "#6a5a7a", "#1f5a66", "#7a3b2e"]
SCARF = ["#34495e", "#7b4b5f", "#2e6a62", "#8a6d3b", "#5c5470", "#222831", "#a55a4a", "#3f6f8f"]


class Choice:
    """A stream of choices that a name decides: SHA-256 in counter mode, so every machine draws the same face."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def unit(self):
        digest = hashlib.sha256(f"{self.name}/{self.count}".encode()).digest()
        self.count += 1
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, low, high):
        return low + (high - low) * self.unit()

    def of(self, items):
        return items[int(self.unit() * len(items))]

    def chance(self, share):
        return self.unit() < share


def shade(colour, factor):
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    parts = [max(0, min(255, round(p * factor if factor <= 1 else p + (255 - p) * (factor - 1)))) for p in parts]
    return "#" + "".join(f"{p:02x}" for p in parts)


def face_svg(name, sex, age):
    pick = Choice(name)
    skin, eye, back = pick.of(SKIN), pick.of(EYES), pick.of(BACKDROP)
    clothes, scarf = pick.of(CLOTHES), pick.of(SCARF)
    hair = pick.of(HAIR)
    if age > 68:
        hair = pick.of(GREY)
    elif age > 52 and pick.chance(0.6):
        hair = GREY[2]
    infant, child = age < 3, age < 13
    looks = sex if sex != "unspecified" else pick.of(["male", "female"])
    covered = looks == "female" and not child and pick.chance(0.7)
    beard = looks == "male" and age >= 22 and pick.chance(0.5)
    moustache = looks == "male" and age >= 22 and (beard or pick.chance(0.3))
    glasses = not infant and pick.chance(0.55 if age > 50 else 0.28)
    bald = looks == "male" and age > 45 and pick.chance(0.35)

    cx, cy = WIDTH / 2, 248 if not infant else 262
    rx = pick.between(93, 103) + (8 if infant else 3 if child else 0)
    ry = pick.between(122, 134) - (18 if infant else 9 if child else 0)
    dark, light, line = shade(skin, 0.82), shade(skin, 1.25), shade(skin, 0.55)
    eye_y, eye_dx = cy + (10 if infant else 2), rx * pick.between(0.40, 0.45)
    brow = shade(hair, 0.9) if age <= 68 else shade(hair, 0.8)
    parts = []
    add = parts.append

    add(f'''<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">
<defs>
<radialGradient id="back" cx="50%" cy="40%" r="75%"><stop offset="0" stop-color="{shade(back, 1.5)}"/><stop offset="1" stop-color="{shade(back, 0.94)}"/></radialGradient>
<radialGradient id="skin" cx="45%" cy="40%" r="68%"><stop offset="0" stop-color="{light}"/><stop offset="0.6" stop-color="{skin}"/><stop offset="1" stop-color="{dark}"/></radialGradient>
<linearGradient id="hair" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{shade(hair, 1.22)}"/><stop offset="0.6" stop-color="{hair}"/><stop offset="1" stop-color="{shade(hair, 0.8)}"/></linearGradient>
<linearGradient id="scarf" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{shade(scarf, 1.25)}"/><stop offset="1" stop-color="{shade(scarf, 0.8)}"/></linearGradient>
<linearGradient id="cloth" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{shade(clothes, 1.15)}"/><stop offset="1" stop-color="{shade(clothes, 0.8)}"/></linearGradient>
<filter id="soft" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="7"/></filter>
</defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#back)"/>''')

    # Hair or scarf behind the head.
    long_hair = looks == "female" and not covered and not infant
    if covered:
        add(f'<path d="M{cx - rx - 34} {cy + 12} C{cx - rx - 36} {cy - ry - 62} {cx + rx + 36} {cy - ry - 62} {cx + rx + 34} {cy + 12} C{cx + rx + 40} {cy + 120} {cx + rx + 30} {cy + 200} {cx + 96} {cy + 262} L{cx - 96} {cy + 262} C{cx - rx - 30} {cy + 200} {cx - rx - 40} {cy + 120} {cx - rx - 34} {cy + 12}Z" fill="url(#scarf)"/>')
    elif long_hair:
        low = cy + pick.between(90, 190)
        add(f'<path d="M{cx - rx - 20} {low} C{cx - rx - 40} {cy - ry - 50} {cx + rx + 40} {cy - ry - 50} {cx + rx + 20} {low} Q{cx} {low + 26} {cx - rx - 20} {low}Z" fill="url(#hair)"/>')

    # Shoulders and neck.
    wide = 176 if not child else 146 if not infant else 126
    top = cy + ry + (44 if not infant else 28)
    neck = rx * (0.46 if looks == "female" or child else 0.56)
    add(f'<path d="M{cx - wide - 30} {HEIGHT} C{cx - wide} {top + 20} {cx - neck - 40} {top + 6} {cx - neck} {top - 14} L{cx + neck} {top - 14} C{cx + neck + 40} {top + 6} {cx + wide} {top + 20} {cx + wide + 30} {HEIGHT}Z" fill="url(#cloth)"/>')
    add(f'<path d="M{cx - neck} {cy + ry * 0.6} L{cx - neck} {top - 14} Q{cx} {top + 40} {cx + neck} {top - 14} L{cx + neck} {cy + ry * 0.6}Z" fill="{shade(skin, 0.88)}"/>')
    add(f'<clipPath id="neck"><rect x="{cx - neck}" y="{cy}" width="{2 * neck}" height="{HEIGHT}"/></clipPath>')
    add(f'<g clip-path="url(#neck)"><ellipse cx="{cx}" cy="{cy + ry + 4}" rx="{neck + 8}" ry="22" fill="{line}" opacity="0.35" filter="url(#soft)"/></g>')
    if looks == "male" and not child:
        collar = shade(back, 1.7) if pick.chance(0.6) else shade(clothes, 1.35)
        for side in (-1, 1):
            add(f'<path d="M{cx + side * neck} {top - 18} L{cx + side * (neck + 22)} {top + 8} L{cx + side * 22} {top + 52} L{cx} {top + 22}Z" fill="{collar}" stroke="{shade(collar, 0.85)}" stroke-width="1.5"/>')

    # Head.
    if not covered:
        for side in (-1, 1):
            add(f'<ellipse cx="{cx + side * rx * 0.99}" cy="{cy + 14}" rx="15" ry="25" fill="{dark}"/><ellipse cx="{cx + side * rx * 0.99}" cy="{cy + 14}" rx="8" ry="15" fill="{line}" opacity="0.3"/>')
    chin = pick.between(0.52, 0.62) if not child else 0.7
    add(f'<path d="M{cx - rx} {cy - 10} C{cx - rx} {cy - ry * 1.28} {cx + rx} {cy - ry * 1.28} {cx + rx} {cy - 10} C{cx + rx} {cy + ry * 0.6} {cx + rx * chin} {cy + ry} {cx} {cy + ry} C{cx - rx * chin} {cy + ry} {cx - rx} {cy + ry * 0.6} {cx - rx} {cy - 10}Z" fill="url(#skin)"/>')
    for side in (-1, 1):
        add(f'<ellipse cx="{cx + side * rx * 0.55}" cy="{cy + 46}" rx="26" ry="17" fill="#d8604a" opacity="{0.24 if child else 0.12}" filter="url(#soft)"/>')

    # Beard below the features.
    if beard:
        full = pick.between(0.5, 0.95)
        add(f'<path d="M{cx - rx + 1} {cy + 8} C{cx - rx} {cy + ry * 0.72} {cx - rx * 0.6} {cy + ry * 1.1} {cx} {cy + ry * 1.1} C{cx + rx * 0.6} {cy + ry * 1.1} {cx + rx} {cy + ry * 0.72} {cx + rx - 1} {cy + 8} C{cx + rx * 0.86} {cy + 58} {cx + rx * 0.5} {cy + 52} {cx + rx * 0.32} {cy + 58} Q{cx} {cy + 50} {cx - rx * 0.32} {cy + 58} C{cx - rx * 0.5} {cy + 52} {cx - rx * 0.86} {cy + 58} {cx - rx + 1} {cy + 8}Z" fill="url(#hair)" opacity="{full:.2f}"/>')

    # Eyes and brows.
    open_y = pick.between(10.5, 13) + (2 if child else 0)
    for side in (-1, 1):
        x = cx + side * eye_dx
        add(f'<ellipse cx="{x}" cy="{eye_y - 4}" rx="28" ry="17" fill="{line}" opacity="0.16" filter="url(#soft)"/>')
        add(f'<path d="M{x - 23} {eye_y + 1} Q{x} {eye_y - open_y * 1.7} {x + 23} {eye_y + 1} Q{x} {eye_y + open_y * 1.3} {x - 23} {eye_y + 1}Z" fill="#fbf9f6"/>')
        add(f'<circle cx="{x}" cy="{eye_y - 0.5}" r="{open_y * 0.86:.1f}" fill="{eye}"/><circle cx="{x}" cy="{eye_y - 0.5}" r="{open_y * 0.42:.1f}" fill="#120d0a"/><circle cx="{x + 3.5}" cy="{eye_y - 4.5}" r="2.6" fill="#fff"/>')
        add(f'<path d="M{x - 24} {eye_y + 2} Q{x} {eye_y - open_y * 1.75} {x + 24} {eye_y + 2}" fill="none" stroke="#2a1c15" stroke-width="{3.4 if looks == "female" else 2.6}" stroke-linecap="round"/>')
        tilt = 4
        thick = (4 if infant else 6 if looks == "female" or child else 8.5)
        add(f'<path d="M{x - side * 25} {eye_y - 25} Q{x} {eye_y - 40} {x + side * 29} {eye_y - 26 + tilt}" fill="none" stroke="{brow}" stroke-width="{thick}" stroke-linecap="round" opacity="{0.55 if infant else 0.92}"/>')

    # Nose and mouth.
    nose = pick.between(12, 17) * (0.75 if child else 1)
    nose_y = cy + (44 if child else 48)
    add(f'<path d="M{cx - 6} {eye_y + 8} Q{cx - nose * 0.9} {nose_y - 8} {cx - nose} {nose_y} Q{cx - nose * 0.5} {nose_y + 9} {cx} {nose_y + 7} Q{cx + nose * 0.5} {nose_y + 9} {cx + nose} {nose_y}" fill="none" stroke="{line}" stroke-width="3" stroke-linecap="round" opacity="0.6"/>')
    mouth, mouth_y, smile = pick.between(27, 35) * (0.75 if child else 1), cy + ry * 0.64, pick.between(2, 8)
    lip = "#b4564e" if looks == "female" else shade(skin, 0.68)
    add(f'<path d="M{cx - mouth} {mouth_y - 1} Q{cx - mouth * 0.4} {mouth_y - 9} {cx} {mouth_y - 4} Q{cx + mouth * 0.4} {mouth_y - 9} {cx + mouth} {mouth_y - 1} Q{cx} {mouth_y + 12 + smile} {cx - mouth} {mouth_y - 1}Z" fill="{lip}"/>')
    add(f'<path d="M{cx - mouth} {mouth_y - 1} Q{cx} {mouth_y + smile} {cx + mouth} {mouth_y - 1}" fill="none" stroke="{shade(line, 0.75)}" stroke-width="2.4" stroke-linecap="round"/>')
    if moustache:
        add(f'<path d="M{cx - mouth - 6} {mouth_y + 1} Q{cx - mouth * 0.6} {mouth_y - 20} {cx} {mouth_y - 17} Q{cx + mouth * 0.6} {mouth_y - 20} {cx + mouth + 6} {mouth_y + 1} Q{cx + mouth * 0.4} {mouth_y - 7} {cx} {mouth_y - 6} Q{cx - mouth * 0.4} {mouth_y - 7} {cx - mouth - 6} {mouth_y + 1}Z" fill="{hair}" opacity="0.95"/>')
    if age > 55:
        for side in (-1, 1):
            add(f'<path d="M{cx + side * (nose + 6)} {nose_y + 2} Q{cx + side * (mouth + 14)} {mouth_y - 22} {cx + side * (mouth + 12)} {mouth_y + 4}" fill="none" stroke="{line}" stroke-width="2" opacity="0.4"/>')
            add(f'<path d="M{cx + side * eye_dx - 17} {eye_y + 20} q17 9 34 0" fill="none" stroke="{line}" stroke-width="2" opacity="0.35"/>')
        for up in (58, 70):
            add(f'<path d="M{cx - 42} {eye_y - up} q42 -7 84 0" fill="none" stroke="{line}" stroke-width="1.8" opacity="0.28"/>')

    # Hair or scarf before the forehead.
    crown = cy - ry * 1.0
    if covered:
        add(f'<path d="M{cx - rx - 36} {cy + 20} C{cx - rx - 36} {crown - 78} {cx + rx + 36} {crown - 78} {cx + rx + 36} {cy + 20} C{cx + rx + 26} {cy + 110} {cx + rx} {cy + 150} {cx + 30} {cy + ry + 40} L{cx - 30} {cy + ry + 40} C{cx - rx} {cy + 150} {cx - rx - 26} {cy + 110} {cx - rx - 36} {cy + 20}Z M{cx - rx + 5} {cy + 10} C{cx - rx + 10} {cy + ry * 0.62} {cx - rx * 0.5} {cy + ry - 1} {cx} {cy + ry - 1} C{cx + rx * 0.5} {cy + ry - 1} {cx + rx - 10} {cy + ry * 0.62} {cx + rx - 5} {cy + 10} C{cx + rx - 8} {crown + 8} {cx - rx + 8} {crown + 8} {cx - rx + 5} {cy + 10}Z" fill-rule="evenodd" fill="url(#scarf)"/>')
        add(f'<path d="M{cx - rx - 20} {cy + 90} C{cx - 40} {cy + ry + 70} {cx + 60} {cy + ry + 60} {cx + rx + 30} {HEIGHT} L{cx - rx - 40} {HEIGHT} C{cx - rx - 40} {cy + 180} {cx - rx - 34} {cy + 130} {cx - rx - 20} {cy + 90}Z" fill="url(#scarf)"/>')
        for k in range(3):
            add(f'<path d="M{cx - rx - 16 + 10 * k} {cy + 110 + 16 * k} Q{cx - 20} {cy + ry + 74 + 14 * k} {cx + 60 + 8 * k} {cy + ry + 104 + 26 * k}" fill="none" stroke="{shade(scarf, 0.65)}" stroke-width="2.5" opacity="0.55"/>')
    elif infant:
        add(f'<path d="M{cx - 34} {crown + 20} Q{cx} {crown - 12} {cx + 40} {crown + 22} Q{cx + 8} {crown + 6} {cx - 34} {crown + 20}Z" fill="url(#hair)" opacity="0.8"/>')
    elif bald:
        for side in (-1, 1):
            add(f'<path d="M{cx + side * (rx + 4)} {cy + 8} Q{cx + side * (rx + 14)} {cy - 70} {cx + side * rx * 0.72} {cy - ry * 0.72} Q{cx + side * rx * 0.9} {cy - 40} {cx + side * (rx - 7)} {cy - 4}Z" fill="url(#hair)"/>')
    else:
        part = pick.between(-0.5, 0.5) * rx
        height = pick.between(22, 44) if looks == "male" else pick.between(26, 40)
        fringe = cy - ry * pick.between(0.52, 0.66)
        drop = cy + (30 if long_hair else -6)
        shape = f"M{cx - rx - 8} {drop} C{cx - rx - 22} {crown - height - 20} {cx + rx + 22} {crown - height - 20} {cx + rx + 8} {drop} C{cx + rx - 2} {cy - 40} {cx + rx * 0.8} {fringe + 8} {cx + part + 26} {fringe - 14} Q{cx + part} {fringe - 30} {cx + part - 18} {fringe - 12} C{cx - rx * 0.8} {fringe + 6} {cx - rx + 2} {cy - 40} {cx - rx - 8} {drop}Z"
        add(f'<path d="{shape}" fill="url(#hair)"/><clipPath id="top"><path d="{shape}"/></clipPath>')
        for k in range(7):
            x = cx + part + (k - 3) * rx * 0.3
            add(f'<path d="M{cx + part * 0.6 + (k - 3) * 9} {crown - height} Q{x} {crown + 6} {x + (k - 3) * 12} {cy - 20}" fill="none" stroke="{shade(hair, 1.3)}" stroke-width="2" opacity="0.35" clip-path="url(#top)"/>')

    if glasses:
        frame = pick.of(["#23272b", "#5a3a22", "#7a7f85", "#2c3e63"])
        w, h, r = pick.of([(37, 27, 24), (38, 24, 9), (34, 29, 29)])
        for side in (-1, 1):
            x = cx + side * eye_dx
            add(f'<rect x="{x - w}" y="{eye_y - h + 2}" width="{2 * w}" height="{2 * h}" rx="{r}" fill="#ffffff" fill-opacity="0.12" stroke="{frame}" stroke-width="4"/>')
            add(f'<path d="M{x + side * w} {eye_y - 8} L{cx + side * max(eye_dx + w, rx - (10 if covered else 1))} {eye_y - 12}" stroke="{frame}" stroke-width="4"/>')
        add(f'<path d="M{cx - eye_dx + w} {eye_y - 4} Q{cx} {eye_y - 14} {cx + eye_dx - w} {eye_y - 4}" fill="none" stroke="{frame}" stroke-width="4"/>')
    add("</svg>")
    return "\n".join(parts)


def to_jpeg(svg, target):
    """The best quality that keeps the file within its limit."""
    limit = Choice(f"size of {target.name}").between(SMALLEST, LARGEST)
    with tempfile.TemporaryDirectory() as folder:
        source, png = pathlib.Path(folder, "face.svg"), pathlib.Path(folder, "face.png")
        source.write_text(svg, encoding="utf-8")
        subprocess.run(["rsvg-convert", "-o", png, source], check=True)
        for quality in range(95, 40, -1):
            subprocess.run(
                ["convert", png, "-strip", "-density", "300", "-units", "PixelsPerInch", "-interlace", "none",
                 "-sampling-factor", "4:2:0", "-quality", str(quality), f"jpeg:{target}"],
                check=True,
            )
            if target.stat().st_size <= limit:
                return quality
    raise SystemExit(f"{target}: does not fit {limit:.0f} bytes")


def main():
    here = pathlib.Path(__file__).resolve().parent
    records = json.loads((here.parent / "records.json").read_text(encoding="utf-8"))["records"]
    for record in records:
        name, birth = record["portrait"], record["dateOfBirth"]
        # A drawing needs no calendar: a Jalali year is 621 years behind. A bad record may hold anything here.
        text = str(birth["jalali"] if isinstance(birth, dict) else birth)
        year = int(text[:4]) if text[:4].isdigit() else 1990
        age = max(0, 2026 - (year + 621 if isinstance(birth, dict) or year < 1600 else year))
        svg = face_svg(name, record.get("sex"), age)
        if "--svg" in sys.argv:
            (here / name).with_suffix(".svg").write_text(svg, encoding="utf-8")
        quality = to_jpeg(svg, here / name)
        print(f"{name}: {(here / name).stat().st_size} bytes, quality {quality}")


if __name__ == "__main__":
    main()
