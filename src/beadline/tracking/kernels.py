"""Compiled loops of the tracker.

All of them live in this file because a cached binary does not notice a change in another one; constants from
elsewhere come in as arguments. Indices are unsigned where they gather: the wrap-around of signed ones keeps
the loops from being vectorised. Lengths are in pixels, intensities in ADU, positions relative to the window.
"""

# pyright: reportMissingParameterType=false
# The types of compiled loops are declared once, in `compile_all`.

import math

import numpy as np
from numba import njit, types

_OPTIONS = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"nsz", "arcp", "contract", "reassoc", "afn"},  # keeps the meaning of NaN
}
_INNER = {**_OPTIONS, "cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_EDGE, _NOT_CONVERGED, _Z_RANGE, _SATURATED, _LOW_SCORE, _NO_TABLE = 1, 2, 4, 8, 16, 32
_SUMS = 19
_SMALL_SHIFT = 0.03
"""A centre that moves by less [px] is not refined again: what is left of the error falls with the square of it."""
_SMALL_STEP = 0.2
"""The same for the height, in steps of the table."""


@njit(**_OPTIONS)
def load_windows(frame, origins, top, windows, saturated):
    """Copy the window of each bead, NaN where it reaches over the edge of the frame; count saturated pixels."""
    n = windows.shape[1]
    for bead in range(origins.shape[0]):
        x0, y0 = origins[bead, 0], origins[bead, 1]
        saturated[bead] = 0
        if x0 < 0 or y0 < 0 or x0 + n > frame.shape[1] or y0 + n > frame.shape[0]:
            windows[bead] = np.nan
            continue
        for i in range(n):
            row, out = frame[y0 + i, x0 : x0 + n], windows[bead, i]
            for j in range(n):
                out[j] = row[j]
            for j in range(n):
                saturated[bead] += out[j] >= top


@njit(**_INNER)
def _median(values, count):
    """Return the upper median of the first `count` values, which are reordered."""
    low, high, middle = 0, count - 1, count // 2
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    return values[middle]


@njit(**_INNER)
def _background(pixels, work):
    """Return the mean of the two middle medians of the four sides, so that no neighbour on one side shifts it."""
    n = pixels.shape[0]
    total, least, most = np.float32(0), np.float32(np.inf), np.float32(-np.inf)
    for side in range(4):
        line = 0 if side < 2 else n - 1
        for j in range(n):
            work[j] = pixels[line, j] if side % 2 else pixels[j, line]
        median = _median(work, n)
        total += median
        least, most = min(least, median), max(most, median)
    return (total - least - most) / 2


@njit(**_INNER)
def _mirror_centre(line, work, start):
    """Return the centre of mirror symmetry of `line`, looked for around `start`."""
    n = line.shape[0]
    ahead, back, sums = work[:n], work[n : 2 * n], work[2 * n :]
    mean = np.float32(0)
    for j in range(n):
        mean += line[j]
    mean /= n
    width = np.float32(1 / (0.22 * n))
    middle = np.float32(start)
    for j in range(n):
        distance = (np.float32(j) - middle) * width
        ahead[j] = (line[j] - mean) / (1 + distance * distance * distance * distance)
    for j in range(n):
        back[j] = ahead[n - 1 - j]
    reach = 3 * n // 8
    lowest = math.floor(2 * start + 0.5) - reach
    best = 0
    for lag in range(2 * reach + 1):
        shift = n - 1 - lowest - lag
        one, other = ahead[max(0, -shift) : n - max(0, shift)], back[max(0, shift) : n - max(0, -shift)]
        product = np.float32(0)
        for j in range(min(one.shape[0], other.shape[0])):
            product += one[j] * other[j]
        sums[lag] = product
        if product > sums[best]:
            best = lag
    finer = np.float32(0)
    if 0 < best < 2 * reach:
        bend = sums[best - 1] - 2 * sums[best] + sums[best + 1]
        if bend < 0:
            finer = 0.5 * (sums[best - 1] - sums[best + 1]) / bend
    return 0.5 * (lowest + best + finer)


@njit(**_INNER)
def _coarse_centre(pixels, line, work):
    """Return the centre from the mirror symmetry of a band of rows and one of columns."""
    n = pixels.shape[0]
    x = y = 0.5 * (n - 1)
    half = max(4, n // 8)
    for _ in range(3):
        first_row = min(max(int(y) - half, 0), n - 2 * half)
        first_column = min(max(int(x) - half, 0), n - 2 * half)
        for j in range(line.shape[0]):
            line[j] = 0
        for i in range(2 * half):
            row = pixels[first_row + i]
            for j in range(n):
                line[j] += row[j]
        new_x = _mirror_centre(line, work, x)
        for i in range(n):
            row = pixels[i, first_column : first_column + 2 * half]
            total = np.float32(0)
            for j in range(row.shape[0]):
                total += row[j]
            line[i] = total
        new_y = _mirror_centre(line, work, y)
        moved = max(abs(new_x - x), abs(new_y - y))
        x, y = new_x, new_y
        if moved < 0.04 * n:
            break
    return x, y


@njit(**_INNER)
def _chord(centre_x, radius, dy, n):
    """Return the first and one past the last column of a disc in a row."""
    half = math.sqrt(max(radius * radius - dy * dy, 0.0))
    return max(0, math.ceil(centre_x - half)), min(n, math.floor(centre_x + half) + 1)


@njit(**_INNER)
def _profile(pixels, x, y, radius, samples, background, slots, counts, sums, rows):
    """Average pixels over radii, each split between its two neighbours.

    Returns the share of the variance that lies in rings, the root-mean-square of the rings and that of the pixels
    about them. `counts` and `sums` have one place more than the profile; `sums` ends as the profile above the
    background.
    """
    n = pixels.shape[0]
    ramp, distances = rows[0], rows[1]
    for k in range(slots.shape[0]):
        slots[k, 0] = slots[k, 1] = slots[k, 2] = slots[k, 3] = 0
    total, squares = 0.0, 0.0
    for i in range(max(0, math.ceil(y - radius)), min(n, math.floor(y + radius) + 1)):
        dy = np.float32(i - y)
        first, last = _chord(x, radius, dy, n)
        start = np.float32(first - x)
        line = pixels[i, first:last]
        row_total, row_squares = np.float32(0), np.float32(0)
        for j in range(line.shape[0]):
            value = line[j] - background
            row_total += value
            row_squares += value * value
        total += row_total
        squares += row_squares
        for j in range(line.shape[0]):
            dx = start + ramp[j]
            distances[j] = samples * math.sqrt(dx * dx + dy * dy)
        for j in range(line.shape[0]):
            place = np.int32(distances[j])
            upper, value = distances[j] - np.float32(place), line[j] - background
            slot = slots[np.uint32(place)]
            # all four are read before one is written: as four separate additions this takes twice as long
            number, uppers, values, upper_values = slot[0], slot[1], slot[2], slot[3]
            slot[0] = number + np.float32(1)
            slot[1] = uppers + upper
            slot[2] = values + value
            slot[3] = upper_values + upper * value
    number, rings = 0.0, 0.0
    from_below = value_from_below = np.float32(0)
    for k in range(sums.shape[0]):
        counts[k] = slots[k, 0] - slots[k, 1] + from_below
        value = slots[k, 2] - slots[k, 3] + value_from_below
        from_below, value_from_below = slots[k, 1], slots[k, 3]
        sums[k] = value / max(counts[k], np.float32(1e-6))
        number += counts[k]
        rings += value * sums[k]
    constant = total * total / number
    share = (rings - constant) / max(squares - constant, 1e-3)
    return share, math.sqrt(rings / number), math.sqrt(max(squares - rings, 0.0) / number)


@njit(**_INNER)
def _tabulate(coefficients, weights, values, slopes):
    """Write a spline along the radius, and its slope divided by the radius in steps, at all nodes."""
    per_knot = weights.shape[2]
    for k in range(coefficients.shape[0] - 3):
        a, b, c, d = coefficients[k], coefficients[k + 1], coefficients[k + 2], coefficients[k + 3]
        value, slope = values[k * per_knot : (k + 1) * per_knot], slopes[k * per_knot : (k + 1) * per_knot]
        for p in range(per_knot):
            value[p] = a * weights[0, 0, p] + b * weights[0, 1, p] + c * weights[0, 2, p] + d * weights[0, 3, p]
        for p in range(per_knot):
            slope[p] = a * weights[1, 0, p] + b * weights[1, 1, p] + c * weights[1, 2, p] + d * weights[1, 3, p]
            slope[p] /= k + weights[2, 0, p]
    slopes[0] = slopes[1]


@njit(**_INNER)
def _compare(pixels, x, y, radius, samples, per_knot, nodes, background, gain, offset, rows, sums):
    """Compare all pixels of the disc with the tabulated profile: gradients and curvatures of the squared error.

    The illumination may be tilted, so the model is (1 + u dx + v dy) (background + offset + gain profile). `nodes` are
    the profile, its slope over the radius and, if heights are to be compared, its change with height.
    """
    n = pixels.shape[0]
    for place in range(_SUMS):
        sums[place] = 0
    level, gain = np.float32(background + offset), np.float32(gain)
    per_px, step = np.float32(per_knot * samples), np.float32(1 / per_knot)
    to_slope = np.float32(samples * samples)
    ramp, distances, shapes, quotients, heights = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(max(0, math.ceil(y - radius)), min(n, math.floor(y + radius) + 1)):
        dy = np.float32(i - y)
        first, last = _chord(x, radius, dy, n)
        start = np.float32(first - x)
        line = pixels[i, first:last]
        for j in range(line.shape[0]):
            dx = start + ramp[j]
            distances[j] = per_px * math.sqrt(dx * dx + dy * dy)
        _look_up(nodes, distances, shapes, quotients, heights, line.shape[0], step * step)
        g_x = g_y = g_u = g_v = np.float32(0)
        xx = xu = uu = yy = yv = vv = np.float32(0)
        for j in range(line.shape[0]):
            dx = start + ramp[j]
            q = to_slope * quotients[j]
            model = level + gain * shapes[j]
            error = line[j] - model
            qx, ux = q * dx, model * dx
            g_x += qx * error
            g_u += ux * error
            g_y += q * error
            g_v += model * error
            xx += qx * qx
            xu += qx * ux
            uu += ux * ux
            yy += q * q
            yv += q * model
            vv += model * model
        row = (g_x, g_u, xx, xu, uu, g_y * dy, g_v * dy, yy * dy * dy, yv * dy * dy, vv * dy * dy)
        for k in range(10):
            sums[k] += row[k]
        if nodes.shape[0] == 2:
            continue
        g_z = g_a = g_b = zz = za = zb = aa = ab = np.float32(0)
        for j in range(line.shape[0]):
            shape, height = shapes[j], heights[j]
            error = line[j] - (level + gain * shape)
            g_z += height * error
            g_a += shape * error
            g_b += error
            zz += height * height
            za += height * shape
            zb += height
            aa += shape * shape
            ab += shape
        rest = (g_z, g_a, g_b, zz, za, zb, aa, ab, np.float32(last - first))
        for k in range(9):
            sums[10 + k] += rest[k]


@njit(**_INNER)
def _look_up(nodes, distances, shapes, quotients, heights, count, step_squared):
    """Read the tabulated profile at distances given in nodes: the nearest node and the slope there."""
    profile, slopes = nodes[0], nodes[1]
    for j in range(count):
        node = np.int32(distances[j] + np.float32(0.5))
        place = np.uint32(node)
        quotient = slopes[place]
        shapes[j] = profile[place] + quotient * distances[j] * (distances[j] - np.float32(node)) * step_squared
        quotients[j] = quotient
    if nodes.shape[0] > 2:
        by_height = nodes[2]
        for j in range(count):
            heights[j] = by_height[np.uint32(np.int32(distances[j] + np.float32(0.5)))]


@njit(**_INNER)
def _solve_two(g, h, gg, gh, hh):
    """Return the first unknown of two normal equations."""
    return (g * hh - h * gh) / (gg * hh - gh * gh)


@njit(**_INNER)
def _solve_shift(sums, gain):
    """Return how far the bead is from the assumed centre."""
    x = -_solve_two(sums[0], sums[1], sums[2], sums[3], sums[4]) / gain
    y = -_solve_two(sums[5], sums[6], sums[7], sums[8], sums[9]) / gain
    return x, y


@njit(**_INNER)
def _solve_height(sums, gain):
    """Return the steps of height, gain and offset from their three normal equations."""
    g_z, g_a, g_b, zz, za, zb, aa, ab, bb = sums[10:]
    czz, cza, caa = zz - zb * zb / bb, za - zb * ab / bb, aa - ab * ab / bb
    hz, ha = g_z - zb * g_b / bb, g_a - ab * g_b / bb
    z = _solve_two(hz, ha, czz, cza, caa)
    a = (ha - cza * z) / caa
    return z / gain, a, (g_b - zb * z - ab * a) / bb


@njit(**_INNER)
def _correlate(profile, counts, plane):
    """Return the correlation of two profiles and the gain and offset from one to the other."""
    n = s = t = ss = st = tt = np.float32(0)
    for k in range(plane.shape[0]):
        w = counts[k]
        n += w
        s += w * plane[k]
        t += w * profile[k]
        ss += w * plane[k] * plane[k]
        st += w * plane[k] * profile[k]
        tt += w * profile[k] * profile[k]
    cross, own = st - s * t / n, ss - s * s / n
    gain = cross / max(own, np.float32(1e-20))
    return cross / math.sqrt(max(own * (tt - t * t / n), np.float32(1e-20))), gain, (t - gain * s) / n


@njit(**_INNER)
def _search(profile, counts, blurred):
    """Return the place of the closest plane, between planes by a parabola, and the gain and offset there."""
    best, before, after, score = 0, np.float32(-2), np.float32(-2), np.float32(-2)
    last = np.float32(-2)
    for p in range(blurred.shape[0]):
        now = _correlate(profile, counts, blurred[p])[0]
        if now > score:
            best, before, score, after = p, last, now, np.float32(-2)
        elif p == best + 1:
            after = now
        last = now
    _, gain, offset = _correlate(profile, counts, blurred[best])
    place = float(best)
    if before > -2 and after > -2:
        place += 0.5 * (before - after) / min(before - 2 * score + after, np.float32(-1e-9))
    return place, gain, offset


@njit(**_INNER)
def _at_height(z, z_nm, cubics, coefficients, slopes):
    """Evaluate a table at a height; outside its planes the outermost cubics go on."""
    interval = 0
    while interval < cubics.shape[0] - 1 and z >= z_nm[interval + 1]:
        interval += 1
    t = np.float32(z - z_nm[interval])
    for k in range(coefficients.shape[0]):
        d, c, b, a = (
            cubics[interval, 0, k],
            cubics[interval, 1, k],
            cubics[interval, 2, k],
            cubics[interval, 3, k],
        )
        coefficients[k] = a + t * (b + t * (c + t * d))
        slopes[k] = b + t * (2 * c + t * 3 * d)


@njit(**_INNER)
def _own_centre(window, x, y, background, options, matrix, weights, work):
    """Refine a centre against the bead's own rings; return it, whether it was found, and about the rings."""
    radius, samples, per_knot, iterations, _, ring_limit = options[:6]
    slots, counts, sums, coefficients, _, nodes, rows, normal = work
    n, knots = window.shape[0], matrix.shape[1]
    middle, free = 0.5 * (n - 1), 0.25 * n
    rings = rms = residual = moved = 0.0
    for _ in range(iterations):
        if not (abs(x - middle) < free and abs(y - middle) < free):
            return x, y, False, rings, rms, residual
        rings, rms, residual = _profile(
            window, x, y, radius, np.float32(samples), background, slots, counts, sums, rows
        )
        if not rings >= ring_limit:
            return x, y, False, rings, rms, residual
        for k in range(knots + 2):
            total = np.float32(0)
            for m in range(knots):
                total += matrix[k, m] * sums[m]
            coefficients[k] = total
        _tabulate(coefficients, weights, nodes[0], nodes[1])
        _compare(window, x, y, radius, samples, per_knot, nodes[:2], background, 1.0, 0.0, rows, normal)
        dx, dy = _solve_shift(normal, 1.0)
        x, y = x + dx, y + dy
        moved = max(abs(dx), abs(dy))
        if moved < _SMALL_SHIFT:
            return x, y, True, rings, rms, residual
    return x, y, moved < 10 * _SMALL_SHIFT, rings, rms, residual


@njit(**_INNER)
def _fit_to_table(window, x, y, z, gain, offset, background, options, heights, cubics, weights, work):
    """Refine centre and height together against a table; return them, the gain and the flags."""
    radius, samples, per_knot, _, iterations = options[:5]
    _, _, _, coefficients, slopes, nodes, rows, normal = work
    lowest, highest = heights[0], heights[-1]
    step = (highest - lowest) / (heights.shape[0] - 1)
    for _ in range(iterations):
        _at_height(z, heights, cubics, coefficients, slopes)
        _tabulate(coefficients, weights, nodes[0], nodes[1])
        _tabulate(slopes, weights, nodes[2], nodes[3])
        _compare(window, x, y, radius, samples, per_knot, nodes, background, gain, offset, rows, normal)
        dx, dy = _solve_shift(normal, gain)
        dz, da, db = _solve_height(normal, gain)
        if not (abs(dx) < 1 and abs(dy) < 1 and abs(dz) < 1e9):
            break
        x, y, z = x + dx, y + dy, z + min(max(dz, -2 * step), 2 * step)
        gain, offset = gain + da, offset + db
        if not lowest - step / 2 <= z <= highest + step / 2:
            return x, y, z, gain, _Z_RANGE
        if abs(dx) < _SMALL_SHIFT and abs(dy) < _SMALL_SHIFT and abs(dz) < _SMALL_STEP * step:
            return x, y, z, gain, 0 if lowest <= z <= highest else _Z_RANGE
    return x, y, z, gain, _NOT_CONVERGED


@njit(**_INNER)
def _blur(coefficients, scratch, plane):
    """Evaluate a spline at its radii and average neighbours, as splitting a pixel between two radii does."""
    knots = plane.shape[0]
    for k in range(knots):
        scratch[k] = (coefficients[k] + 4 * coefficients[k + 1] + coefficients[k + 2]) / 6
    plane[0], plane[knots - 1] = scratch[0], scratch[knots - 1]
    for k in range(1, knots - 1):
        plane[k] = (scratch[k - 1] + 10 * scratch[k] + scratch[k + 1]) / 12


@njit(**_INNER)
def _fit_profile(z, gain, offset, heights, cubics, work):
    """Refine height, gain and offset with the profile alone, so that few looks at the pixels are needed."""
    _, counts, sums, coefficients, slopes, _, rows, normal = work
    knots = sums.shape[0] - 1
    plane, change = rows[1, :knots], rows[2, :knots]
    step = (heights[-1] - heights[0]) / (heights.shape[0] - 1)
    for _ in range(2):
        _at_height(z, heights, cubics, coefficients, slopes)
        _blur(coefficients, rows[3], plane)
        _blur(slopes, rows[3], change)
        for place in range(10, _SUMS):
            normal[place] = 0
        for k in range(knots):
            weight, shape, slope = counts[k], plane[k], change[k]
            error = sums[k] - (offset + gain * shape)
            normal[10] += weight * slope * error
            normal[11] += weight * shape * error
            normal[12] += weight * error
            normal[13] += weight * slope * slope
            normal[14] += weight * slope * shape
            normal[15] += weight * slope
            normal[16] += weight * shape * shape
            normal[17] += weight * shape
            normal[18] += weight
        dz, da, db = _solve_height(normal, gain)
        if not (abs(dz) < step and abs(da) < 0.5 * gain):
            break
        z, gain, offset = min(max(z + dz, heights[0]), heights[-1]), gain + da, offset + db
    return z, gain, offset


@njit(**_INNER)
def _score(z, heights, cubics, work):
    """Return the correlation of the profile with the table at a height."""
    _, counts, sums, coefficients, slopes, _, rows, _ = work
    knots = sums.shape[0] - 1
    _at_height(z, heights, cubics, coefficients, slopes)
    _blur(coefficients, rows[3], rows[1, :knots])
    return _correlate(sums[:knots], counts, rows[1, :knots])[0]


@njit(**_INNER)
def _track_with_table(window, x, y, background, options, heights, blurred, cubics, weights, work):
    """Return centre, height, score and flags of a bead whose centre and profile are known."""
    _, counts, sums, _, _, _, _, _ = work
    score_limit, gain_limit = options[6:8]
    place, gain, offset = _search(sums[: blurred.shape[1]], counts, blurred)
    below = min(int(place), heights.shape[0] - 2)
    z = heights[below] + (place - below) * (heights[below + 1] - heights[below])
    gain = max(np.float64(gain), 0.1 * background)
    z, gain, offset = _fit_profile(z, gain, np.float64(offset), heights, cubics, work)
    new_x, new_y, z, gain, flags = _fit_to_table(
        window, x, y, z, gain, offset, background, options, heights, cubics, weights, work
    )
    score = _score(z, heights, cubics, work)
    ratio = gain / max(background, np.float32(1))
    if not (score >= score_limit and ratio <= gain_limit and ratio * gain_limit >= 1):
        flags |= _LOW_SCORE
    if flags & _NOT_CONVERGED:
        return x, y, np.nan, score, flags
    return new_x, new_y, np.nan if flags & _Z_RANGE else z, score, flags


@njit(**_OPTIONS)
def track_windows(
    windows, saturated, origins, shape, options, matrix, weights, planes, z_nm, blurred, cubics, residuals,
    tracks, flags, about_rings, work, long,
):  # fmt: skip
    """Measure the beads of a frame into `tracks`, `flags` and `about_rings`; `work` and `long` are `work_space`."""
    n = windows.shape[1]
    near = 0.375 * n - 0.5
    for bead in range(origins.shape[0]):
        window, count, track = windows[bead], planes[bead], tracks[bead]
        for column in range(track.shape[0]):
            track[column] = np.nan
        about_rings[bead] = np.nan
        flag = 0 if count else _NO_TABLE
        flag |= _SATURATED if saturated[bead] > 4 + n * n // 1000 else 0
        flags[bead] = flag | _EDGE
        if math.isnan(window[0, 0]):
            continue
        background = _background(window, long)
        x, y = _coarse_centre(window, work[6][1], long)
        x, y, found, rings, rms, residual = _own_centre(window, x, y, background, options, matrix, weights, work)
        track[3], track[4] = background, rms / max(background, np.float32(1))
        about_rings[bead, 0], about_rings[bead, 1] = rings, residual
        flags[bead] = flag | _NOT_CONVERGED
        if not found:
            continue
        if count:
            x, y, track[2], track[5], outcome = _track_with_table(
                window, x, y, background, options, z_nm[bead, :count], blurred[bead, :count],
                cubics[bead, : count - 1], weights, work,
            )  # fmt: skip
            flag |= outcome
            if residual > options[8] * residuals[bead] * math.sqrt(background):
                flag |= _LOW_SCORE
        x, y = x + origins[bead, 0], y + origins[bead, 1]
        track[0], track[1] = x, y
        if not (near <= x <= shape[1] - 1 - near and near <= y <= shape[0] - 1 - near):
            flag |= _EDGE
        flags[bead] = flag


@njit(**_OPTIONS)
def add_rings(window, x, y, background, radius, fineness, rings):
    """Add the pixels of a window to fine rings: number, radii and relative intensities."""
    n = window.shape[0]
    for i in range(n):
        for j in range(n):
            r = math.sqrt((j - x) ** 2 + (i - y) ** 2)
            if r <= radius:
                ring = rings[np.uint32(r * fineness)]
                ring[0] += 1
                ring[1] += r
                ring[2] += window[i, j] / background - 1


def work_space(n, knots, per_knot):
    """Return room for the loops: for windows of `n` pixels and profiles of `knots` radii."""
    longest = max(n, knots)
    rows = np.zeros((5, longest), np.float32)
    rows[0] = np.arange(longest)
    work = (
        np.empty((knots + 1, 4), np.float32),
        np.empty(knots + 1, np.float32),
        np.empty(knots + 1, np.float32),
        np.zeros(knots + 3, np.float32),
        np.zeros(knots + 3, np.float32),
        np.zeros((4, knots * per_knot), np.float32),
        rows,
        np.empty(_SUMS, np.float64),
    )
    return work, np.empty(4 * n, np.float32)


def compile_all():
    """Compile for u8 and u16 frames of any strides, or load from the cache, and allow no other variant."""
    if track_windows.signatures:
        return
    f4, f8, i4, i8 = types.float32, types.float64, types.int32, types.int64
    options = types.Tuple((f8, i8, i8, i8, i8, f8, f8, f8, f8))
    origins = types.Array(i4, 2, "A", readonly=True)
    work = types.Tuple((f4[:, ::1], f4[::1], f4[::1], f4[::1], f4[::1], f4[:, ::1], f4[:, ::1], f8[::1]))
    shape = types.UniTuple(i8, 2)
    for pixel in (types.uint8, types.uint16):
        frame = types.Array(pixel, 2, "A", readonly=True)
        load_windows.compile(types.void(frame, origins, i8, f4[:, :, ::1], i4[::1]))
        add_rings.compile(types.void(frame, f8, f8, f8, f8, f8, f8[:, ::1]))
    track_windows.compile(
        types.void(
            f4[:, :, ::1], i4[::1], origins, shape, options, f4[:, ::1], f4[:, :, ::1],
            i4[::1], f8[:, ::1], f4[:, :, ::1], f4[:, :, :, ::1], f4[::1], f4[:, :], types.uint16[:], f4[:, :],
            work, f4[::1],
        )
    )  # fmt: skip
    for kernel in (load_windows, add_rings, track_windows):
        kernel.disable_compile()
