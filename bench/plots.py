"""Log-log plots of cost with size, as SVG, with the slope between their ends."""
import math
import os


def slope(points):
    (x0, y0), (x1, y1) = points[0], points[-1]
    return math.log(y1 / y0) / math.log(x1 / x0)


def ticks(low, high):
    return [10 ** k for k in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)]


def write(path, title, across, up, points):
    """points: [(size, cost)], ascending. Returns the slope."""
    width, height, left, bottom, top = 420, 300, 60, 44, 34
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x0, x1 = min(xs) / 1.2, max(xs) * 1.2
    y0, y1 = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)) + 1e-9)

    def at(x, y):
        return (left + (width - left - 16) * math.log(x / x0) / math.log(x1 / x0),
                height - bottom - (height - bottom - top) * math.log(y / y0) / math.log(y1 / y0))
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="{left}" y="18" font-size="13">{title} (slope {slope(points):.2f})</text>']
    for y in ticks(y0, y1):
        px, py = at(x0, y)
        text.append(f'<path d="M{px:.1f} {py:.1f}H{width - 16}" stroke="#ddd"/><text x="{left - 6}" y="{py + 4:.1f}" '
                    f'text-anchor="end">{y:g}</text>')
    for x, y in points:
        px, _ = at(x, y)
        text.append(f'<text x="{px:.1f}" y="{height - bottom + 16}" text-anchor="middle">{x:g}</text>')
    text.append(f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle">{across}</text>')
    text.append(f'<text x="14" y="{height / 2}" text-anchor="middle" transform="rotate(-90 14 {height / 2})">{up}</text>')
    line = " ".join("%.1f,%.1f" % at(x, y) for x, y in points)
    text.append(f'<polyline points="{line}" fill="none" stroke="#2456a6" stroke-width="2"/>')
    text += ['<circle cx="%.1f" cy="%.1f" r="3" fill="#2456a6"/>' % at(x, y) for x, y in points]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(text + ["</svg>\n"]))
    return slope(points)
