"""Compiled loops of the tracker: each one a stage that goes over a batch of windows.

All of them live in this file because a cached binary does not notice a change in another one. They are flat and
short, because users wait for their compilation. Indices are unsigned where they gather: the wrap-around of signed ones
keeps a loop from being vectorised. Lengths are in pixels, intensities in ADU, in single precision throughout but
for positions and heights.
"""

# pyright: reportMissingParameterType=false
# The types of compiled loops are declared once, at the end.

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
_NODES = 16
_ZERO, _ONE, _TWO, _THREE, _HALF, _QUARTER = (np.float32(value) for value in (0, 1, 2, 3, 0.5, 0.25))
_UNSIGNED_TWO = np.uint32(2)
_PRIOR_PIXELS, _LEAST_VARIANCE, _HUGE = (np.float32(value) for value in (20, 1e-3, 1e9))
_SEVENTH = np.float32(1 / 7)
_ORDINARY, _UNEVEN = np.float32(0.6), np.float32(10)
"""A ring is disturbed when it varies by so much more than noise, in units of it, and than in the bead's sweep."""
_FINE, _COARSE = np.float32(_NODES), np.float32(1 / _NODES)
_ACTIVE, _DONE, _LOST = 1, 0, -2
"""Outcomes of a window that is to be fitted, that was, and whose centre was not found; others are left alone."""
_FAR = 0.36
"""A centre further than this [px] from where its window was folded is folded again."""
_REACH = 2.5
"""A centre is moved at most so far [px] before its window is folded again."""
X, Y, DX, DY, U, V, Z, A, B, SCORE, CHI2, LEFT, COUNT, FREE, BLUR, BLUR_ERROR, STEP, PLANE = range(18)
"""Columns of the state of a window: centre of the fold; shift from it, tilts of the light, height, brightness of the
rings and background; score, chi-square, sum of squares that is left, pixels; radius in use; variance of the motion
in an exposure with its error, last step of the height, plane below."""
STATES = 18


@njit(**_OPTIONS)
def load(narrow, wide, real, layout, outcome, frames, top, centres, radius, windows, corners, counts):
    """Copy the windows around centres, as far inside the frame as they must be; count saturated and invalid pixels.

    `layout` is the kind of pixels and, in pixels, the pitch of rows and of frames, rows and columns.
    """
    n, kind, pitch = windows.shape[1], layout[0], layout[1]
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        x = min(max(math.floor(centres[item, 0]) - radius, 0), layout[4] - n)
        y = min(max(math.floor(centres[item, 1]) - radius, 0), layout[3] - n)
        if x == corners[item, 0] and y == corners[item, 1]:
            continue
        corners[item, 0], corners[item, 1] = x, y
        saturated = invalid = 0
        for i in range(n):
            out = windows[item, i]
            first = frames[item] * layout[2] + (y + i) * pitch + x
            if kind == 1:
                bytes_ = narrow[first : first + n]
                for j in range(n):
                    out[j] = bytes_[j]
            elif kind == 2:
                words = wide[first : first + n]
                for j in range(n):
                    out[j] = words[j]
            else:
                for j in range(n):
                    good = abs(real[first + j]) < _HUGE
                    invalid += not good
                    out[j] = real[first + j] if good else _ZERO
            full = _ZERO
            for j in range(n):
                full += _ONE if out[j] >= top else _ZERO
            saturated += full
        counts[item, 0], counts[item, 1] = saturated, invalid


@njit(**_OPTIONS)
def locate(outcome, windows, corners, centres, work):
    """Find centres from the mirror symmetry of a band of rows and one of columns."""
    n = windows.shape[1]
    line, ahead, back, sums = work[0], work[1], work[2], work[3]
    half, reach = max(4, n // 8), 3 * n // 8
    width = np.float32(1 / (0.22 * n))
    place = np.empty(2)
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        window = windows[item]
        place[0] = place[1] = 0.5 * (n - 1)
        for _ in range(3):
            moved = 0.0
            for axis in range(2):
                first = min(max(int(place[1 - axis]) - half, 0), n - 2 * half)
                for j in range(n):
                    line[j] = _ZERO
                if axis == 0:
                    for i in range(first, first + 2 * half):
                        for j in range(n):
                            line[j] += window[i, j]
                else:
                    for i in range(n):
                        for j in range(first, first + 2 * half):
                            line[i] += window[i, j]
                here, mean = place[axis], _ZERO
                for j in range(n):
                    mean += line[j]
                mean /= n
                middle, average = np.float32(here), np.float32(mean)
                for j in range(n):
                    distance = (np.float32(j) - middle) * width
                    distance *= distance
                    ahead[j] = (line[j] - average) / (_ONE + distance * distance)
                for j in range(n):
                    back[j] = ahead[n - 1 - j]
                lowest = math.floor(2 * here + 0.5) - reach
                best = 0
                for lag in range(2 * reach + 1):
                    shift = n - 1 - lowest - lag
                    ours, theirs = ahead[max(0, -shift) :], back[max(0, shift) :]
                    product = _ZERO
                    for j in range(n - abs(shift)):
                        product += ours[j] * theirs[j]
                    sums[lag] = product
                    if product > sums[best]:
                        best = lag
                if 0 < best < 2 * reach:
                    bend = sums[best - 1] - 2 * sums[best] + sums[best + 1]
                    finer = 0.5 * (sums[best - 1] - sums[best + 1]) / min(bend, -_LEAST_VARIANCE)
                    place[axis] = 0.5 * (lowest + best + finer)
                moved = max(moved, abs(place[axis] - here))
            if moved < 0.04 * n:
                break
        centres[item, 0], centres[item, 1] = corners[item, 0] + place[0], corners[item, 1] + place[1]


@njit(**_OPTIONS)
def fold(
    outcome, windows, corners, centres, state, halves, levels, bins, shares, cosines, sines, rim, sums, place, work
):  # fmt: skip
    """Sum the four mirror images of each pixel into rings a quarter of a pixel wide.

    The centre is rounded to half a pixel, so which pixel belongs to which ring is known beforehand; `halves` is 0 to 3
    for whole and half pixels. `sums` are those of intensity, of its first harmonic and of its square.
    """
    n, radius = windows.shape[1], bins.shape[1] - 1
    one, two, three = np.uint32(1), np.uint32(2), np.uint32(3)
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        twice_x, twice_y = math.floor(2 * centres[item, 0] + 0.5), math.floor(2 * centres[item, 1] + 0.5)
        state[item, X], state[item, Y] = 0.5 * twice_x, 0.5 * twice_y
        odd_x, odd_y = twice_x & 1, twice_y & 1
        x, y = (twice_x >> 1) - corners[item, 0], (twice_y >> 1) - corners[item, 1]
        half = odd_x + 2 * odd_y
        columns, rows = min(x, n - 1 - x - odd_x, radius) + 1, min(y, n - 1 - y - odd_y, radius) + 1
        free = rim if columns > radius and rows > radius else min(columns, rows)
        if free < n // 8:
            outcome[item] = _LOST
            continue
        halves[item], state[item, FREE] = half, free
        state[item, DX] = state[item, DY] = state[item, U] = state[item, V] = state[item, B] = 0.0
        state[item, A], state[item, Z], state[item, STEP], state[item, PLANE] = 1.0, np.nan, 0.0, 0.0
        window = windows[item]
        for k in range(place.shape[0]):
            place[k] = _ZERO
        total = _ZERO
        for i in range(0, n, 8):
            for j in range(n):
                total += window[i, j]
        level = np.float32(math.floor(total / (n * ((n + 7) // 8))))
        levels[item] = level
        for i in range(rows):
            share, cosine, sine, number = shares[half, i], cosines[half, i], sines[half, i], bins[half, i]
            lower, upper = window[y + odd_y + i], window[y - i]
            for j in range(columns):
                a, b = lower[x + odd_x + j] - level, lower[x - j] - level
                c, d = upper[x + odd_x + j] - level, upper[x - j] - level
                work[4 * j] = share[j] * (a + b + c + d)
                work[4 * j + 1] = cosine[j] * (a - b + c - d)
                work[4 * j + 2] = sine[j] * (a + b - c - d)
                work[4 * j + 3] = share[j] * (a * a + b * b + c * c + d * d)
            for j in range(columns):
                slot = number[j]
                # all four are read before one is written: as four separate additions this takes twice as long
                p, q, r, s = place[slot], place[slot + one], place[slot + two], place[slot + three]
                place[slot] = p + work[4 * j]
                place[slot + one] = q + work[4 * j + 1]
                place[slot + two] = r + work[4 * j + 2]
                place[slot + three] = s + work[4 * j + 3]
        for k in range(sums.shape[2]):
            sums[item, 0, k], sums[item, 1, k] = place[4 * k], place[4 * k + 1]
            sums[item, 2, k], sums[item, 3, k] = place[4 * k + 2], place[4 * k + 3]


@njit(**_OPTIONS)
def search(outcome, beads, halves, sums, numbers, planes, z_nm, rings, norms, means, state, work):
    """Find the plane of the look-up table that correlates best, and gain and background there.

    `rings` are the planes of each bead, for the four kinds of centre, in rings of a pixel without their mean and of
    unit norm; `norms` and `means` are what was taken.
    """
    energy, scores = work[0], work[1]
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        bead, whole, number = beads[item], sums[item, 0], numbers[halves[item]]
        if planes[bead] == 0:
            continue
        place = 4 * bead + halves[item]
        count = total = squares = _ZERO
        for k in range(rings.shape[2]):
            energy[k] = _ZERO
        used = 4 * int(state[item, FREE])
        for k in range(used):
            total += whole[k]
            count += number[k]
        mean = total / count
        for k in range(used):
            energy[k >> 2] += whole[k] - number[k] * mean
        for k in range(used >> 2):
            pixels = number[4 * k] + number[4 * k + 1] + number[4 * k + 2] + number[4 * k + 3]
            squares += energy[k] * energy[k] / max(pixels, _ONE)
        best, last = 0, planes[bead] - 1
        for p in range(last + 1):
            plane, product = rings[place, p], _ZERO
            for k in range(plane.shape[0]):
                product += plane[k] * energy[k]
            scores[p] = product
            if product > scores[best]:
                best = p
        score, z, finer = scores[best], z_nm[bead, best], 0.0
        gain = score / norms[place, best]
        if 0 < best < last:
            rise = scores[best - 1] - scores[best + 1]
            finer = 0.5 * rise / min(scores[best - 1] - 2 * score + scores[best + 1], -1e-9)
            z += finer * 0.5 * (z_nm[bead, best + 1] - z_nm[bead, best - 1])
            score -= 0.25 * finer * rise
        state[item, Z], state[item, A], state[item, B] = z, gain, mean - gain * means[place, best]
        state[item, SCORE] = score / np.sqrt(max(squares, _LEAST_VARIANCE))


@njit(**_OPTIONS)
def shape(outcome, beads, halves, sums, numbers, basis, smoother, planes, z_nm, cubics, state, shapes, rows):
    """Evaluate the shape of each bead at its height, or of its own rings without a table, and derivatives of it.

    `rows` begin with value, slope, curvature of the mean and of the second harmonic, their derivative, and change
    with height; all for a bead of unit brightness.
    """
    knots, bins = cubics.shape[3], numbers.shape[1]
    repeated = np.zeros(4 * knots, np.float32)
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        bead, parity, now, out, row = beads[item], halves[item], state[item], shapes[item], rows[item]
        last = planes[bead] - 2
        if last >= -1:
            interval = 0
            while interval < last and now[Z] >= z_nm[bead, interval + 1]:
                interval += 1
            now[PLANE] = interval
            t, cubic = np.float32(now[Z] - z_nm[bead, interval]), cubics[bead, interval]
            for k in range(knots):
                out[0, k] = cubic[3, k] + t * (cubic[2, k] + t * (cubic[1, k] + t * cubic[0, k]))
                out[1, k] = cubic[2, k] + t * (_TWO * cubic[1, k] + _THREE * t * cubic[0, k])
        else:
            bent = np.float32(0.25 * (now[DX] * now[DX] + now[DY] * now[DY]))
            used, fresh = 4 * int(now[FREE]), row[0]
            for k in range(used):
                fresh[k] = sums[item, 0, k] - numbers[parity, k] * bent * row[2, k]
            for k in range(used, bins):
                fresh[k] = numbers[parity, k] * sums[item, 0, used - 1] / numbers[parity, used - 1]
            for m in range(knots):
                total = _ZERO
                for k in range(bins):
                    total += smoother[parity, m, k] * fresh[k]
                out[0, m] = total
        for r in range(6):
            if r % 5 == 0:
                for k in range(knots):
                    for p in range(4):
                        repeated[4 * k + p] = out[r // 5, k]
            base, into = basis[parity, r % 5], row[r]
            for k in range(bins):
                into[k] = (
                    base[0, k] * repeated[k]
                    + base[1, k] * repeated[k + 4]
                    + base[2, k] * repeated[k + 8]
                    + base[3, k] * repeated[k + 12]
                )


@njit(**_INNER)
def _solve(rows, weight, first, low, high, unknowns, system):
    """Fill and solve the normal equations of rows from `first` on, the last of which is the data.

    `system` becomes, row by row, what the unknown is not explained by, the solution and the inverse matrix.
    """
    count = system.shape[0]
    for i in range(count):
        for j in range(i, count + 1):
            one, other, total = rows[first + i], rows[first + j], _ZERO
            for k in range(low, high):
                total += weight[k] * one[k] * other[k]
            system[i, j] = total
            if j < count:
                system[j, i] = total
        for j in range(unknowns):
            system[i, count + 1 + j] = i == j
    for i in range(unknowns):
        factor = 1 / system[i, i]
        for k in range(system.shape[1]):
            system[i, k] *= factor
        for j in range(count):
            factor = system[j, i]
            if j != i:
                for k in range(system.shape[1]):
                    system[j, k] -= factor * system[i, k]


@njit(**_OPTIONS)
def fit(
    outcome, beads, halves, levels, sums, numbers, squares, radii, spreads, planes, z_nm, uneven, noise, robust, last,
    centres, state, weights, inverses, rows,
):  # fmt: skip
    """Improve shift, tilt, height, gain and background by one step, from the rings.

    Shift and tilt are in the first harmonic of a ring, the rest is in its mean, so they are fitted apart. Rings that
    are further from the model than noise explains get less weight.
    """
    means, harmonic = np.zeros((4, 8)), np.zeros((2, 5))
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        bead, parity, now, row = beads[item], halves[item], state[item], rows[item]
        whole, across_x, across_y, energy = sums[item, 0], sums[item, 1], sums[item, 2], sums[item, 3]
        value, slope, curl, oval, twist, height = row[0], row[1], row[2], row[3], row[4], row[5]
        flat, mean, rise, bend, rest = row[6], row[7], row[8], row[9], row[10]
        steep, tilt, data, part, other, excess = row[11], row[12], row[13], row[14], row[15], row[16]
        number, square, rho, spread = numbers[parity], squares[parity], radii[parity], spreads[parity]
        weight, low, high, table = weights[item], 2, 4 * int(now[FREE]), planes[bead] > 0
        dx, dy, u, v = np.float32(now[DX]), np.float32(now[DY]), np.float32(now[U]), np.float32(now[V])
        a, b, level = np.float32(now[A]), np.float32(now[B]), levels[item]
        per_adu, floor, bent = noise[bead, 0], noise[bead, 1], _QUARTER * (dx * dx + dy * dy)
        guessed, ragged = not per_adu >= _ZERO, uneven[bead, int(now[PLANE])]
        left = chi2 = light = count = _ZERO
        for k in range(low, high):
            n, c2, e = number[k], square[k], whole[k]
            model = a * (value[k] + bent * curl[k]) + b
            lit = model + level
            down, side = -a * (slope[k] + _HALF * bent * twist[k]), rho[k] * lit
            along, across, second = down * dx + side * u, down * dy + side * v, a * bent * oval[k]
            found = energy[k] - model * (e + e - n * model)
            found -= along * (_TWO * across_x[k] - c2 * along)
            found -= across * (_TWO * across_y[k] - (n - c2) * across)
            found -= n * (spread[k] * down * down + _HALF * second * second)
            variance = max(per_adu * lit + floor, _LEAST_VARIANCE)
            flat[k], mean[k], rise[k], bend[k] = _ONE, model - b, a * height[k], _QUARTER * a * curl[k]
            rest[k], steep[k], tilt[k] = e / max(n, _ONE) - model, down, side
            excess[k], weight[k] = found, variance
            left += found
            chi2 += found / (variance + a * a * ragged[k])
            light += n * lit
            count += n
        if guessed:
            freedom = np.float32(max(count - weight.shape[0] // 4, 1))
            factor = max(left / freedom, _LEAST_VARIANCE) * count / max(light, _ONE)
            for k in range(low, high):
                weight[k] = max(factor * (mean[k] + b + level), _LEAST_VARIANCE)
        if robust:
            for k in range(low, high):
                part[k] = excess[k] - number[k] * weight[k]
            for k in range(low + 3, high - 3):
                pixels, much = _PRIOR_PIXELS, _ZERO
                for p in range(k - 3, k + 4):
                    pixels += number[p]
                    much += part[p]
                usual = _ORDINARY * weight[k] + _UNEVEN * a * a * ragged[k]
                other[k] = max(much / pixels - usual, _ZERO)
            for k in range(3):
                other[low + k], other[high - 1 - k] = other[low + 3], other[high - 4]
            # smooth along the radius: which pixels a ring has depends on where in a pixel the centre is
            for k in range(low, high):
                part[k] = weight[k] + other[k]
            for k in range(low + 3, high - 3):
                near = part[k - 3] + part[k - 2] + part[k - 1] + part[k] + part[k + 1] + part[k + 2] + part[k + 3]
                weight[k] = near * _SEVENTH
            for k in range(3):
                weight[low + k], weight[high - 1 - k] = weight[low + 3], weight[high - 4]
        for k in range(low, high):
            weight[k] = _ONE / weight[k]
        for k in range(weight.shape[0]):
            if k < low or k >= high:
                weight[k] = weight[min(max(k, low), high - 1)]
        for axis in range(2):
            for k in range(low, high):
                along = square[k] if axis == 0 else number[k] - square[k]
                part[k] = weight[k] * along
                data[k] = sums[item, 1 + axis, k] / max(along, _QUARTER)
            _solve(row, part, 11, low, high, 2, harmonic)
            for i in range(2):
                for j in range(2):
                    inverses[item, 2 * axis + i, j] = harmonic[i, 3 + j]
            now[DX + axis], now[U + axis] = harmonic[0, 2], harmonic[1, 2]
            centres[item, axis] = now[X + axis] + min(max(harmonic[0, 2], -_REACH), _REACH)
        if table:
            for k in range(low, high):
                part[k] = weight[k] * number[k]
            # a template has no height to fit
            unknowns = 3 if planes[bead] > 1 else 2
            _solve(row, part, 6, low, high, unknowns, means)
            for i in range(3):
                for j in range(3):
                    inverses[item, 4 + i, j] = means[i, 5 + j] if i < unknowns and j < unknowns else 0.0
            lowest, highest, step = z_nm[bead, 0], z_nm[bead, planes[bead] - 1], means[2, 4]
            spacing = (highest - lowest) / max(planes[bead] - 1, 1)
            now[BLUR], now[BLUR_ERROR] = means[3, 4] / means[3, 3], 1 / math.sqrt(means[3, 3])
            now[B] += means[0, 4]
            now[A] *= min(max(1 + means[1, 4], 0.3), 3.0)
            reached = min(max(now[Z] + min(max(step, -2 * spacing), 2 * spacing), lowest - spacing), highest + spacing)
            now[Z], now[STEP] = reached, reached - now[Z]
        now[CHI2] = np.nan if guessed else chi2 / (count - (8 if table else weight.shape[0] // 4))
        now[LEFT], now[COUNT] = left, count
        shift = max(abs(now[DX]), abs(now[DY]))
        if not abs(now[DX] + now[DY]) < np.inf:
            outcome[item] = _LOST
        elif last and shift < _FAR:
            outcome[item] = _DONE


@njit(**_OPTIONS)
def polish(outcome, windows, corners, levels, rim, basis, shapes, weights, inverses, centres, state, work):
    """Improve all parameters by one exact look at every pixel of the disc around the centre.

    Rings about half pixels are wrong for beads that are not round; pixels about the centre itself are not.
    """
    n = windows.shape[1]
    model, change, steep, weight, ramp, over = work[0], work[1], work[2], work[3], work[4], work[5]
    distance, edge, nodes = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.int32)
    gradient, step = np.zeros(7), np.zeros(7)
    for item in range(outcome.shape[0]):
        if outcome[item] != _DONE:
            continue
        now, shape, window = state[item], shapes[item], windows[item]
        a, b = np.float32(now[A]), np.float32(now[B]) + levels[item]
        rise = np.float32(now[STEP])
        for k in range(shape.shape[1]):
            shape[0, k] += rise * shape[1, k]
        for k in range(rim):
            for row in range(3):
                c, onto = shape[row & 1], b if row == 0 else _ZERO
                c0, c1, c2, c3 = a * c[k], a * c[k + 1], a * c[k + 2], a * c[k + 3]
                base = basis[row >> 1]
                for p in range(_NODES):
                    work[row, _NODES * k + p] = (
                        onto + c0 * base[0, p] + c1 * base[1, p] + c2 * base[2, p] + c3 * base[3, p]
                    )
        for j in range(_NODES * rim):
            weight[j] = weights[item, np.uint32(j) >> _UNSIGNED_TWO]
            steep[j] *= over[j]
        x, y = centres[item, 0] - corners[item, 0], centres[item, 1] - corners[item, 1]
        u, v, reach = np.float32(now[U]), np.float32(now[V]), np.float32(now[FREE])
        # the window floats with the centre by parts of a pixel: those at its edge count in part
        whole, border = now[FREE] > n // 2, np.float32(n // 2)
        for j in range(n):
            edge[j] = min(max(border - abs(np.float32(j - x)), _ZERO), _ONE) if whole else _ONE
        for i in range(7):
            gradient[i] = 0
        for i in range(max(0, math.ceil(y - reach)), min(n, math.floor(y + reach) + 1)):
            dy = np.float32(i - y)
            chord = math.sqrt(max(reach * reach - dy * dy, _ZERO))
            first, last = max(0, math.ceil(x - chord)), min(n, math.floor(x + chord) + 1)
            line = window[i, first:last]
            start, tilt, sides = np.float32(first - x), _ONE + v * dy, edge[first:last]
            share = min(max(border - abs(dy), _ZERO), _ONE) if whole else _ONE
            g_x = g_y = g_u = g_v = g_b = g_z = _ZERO
            # apart from the loop that gathers, so that roots are taken of many numbers at once
            for j in range(line.shape[0]):
                dx = start + ramp[j]
                distance[j] = np.sqrt(dx * dx + dy * dy)
                nodes[j] = np.int32(distance[j] * _FINE + _HALF)
            for j in range(line.shape[0]):
                dx = start + ramp[j]
                near = np.uint32(nodes[j])
                s = steep[near]
                m = model[near] + s * distance[j] * (distance[j] - np.float32(nodes[j]) * _COARSE)
                rest = share * sides[j] * weight[near] * (line[j] - m * (tilt + u * dx))
                g_x -= rest * s * dx
                g_y -= rest * s
                g_u += rest * m * dx
                g_v += rest * m
                g_b += rest
                g_z += rest * change[near]
            gradient[0] += g_x
            gradient[1] += g_u
            gradient[2] += g_y * dy
            gradient[3] += g_v * dy
            gradient[4] += g_b
            gradient[5] += g_v - b * g_b
            gradient[6] += g_z
        for i in range(7):
            first, length = (i & 2, 2) if i < 4 else (4, 3)
            step[i] = 0
            for j in range(length):
                step[i] += inverses[item, i, j] * gradient[first + j]
        centres[item, 0] += step[0]
        centres[item, 1] += step[2]
        now[DX], now[DY] = now[DX] + step[0], now[DY] + step[2]
        now[B] += step[4]
        now[A] *= 1 + step[5]
        now[Z], now[STEP] = now[Z] + step[6], step[6]


@njit(**_OPTIONS)
def add_rings(which, windows, corners, centres, planes, scales, fineness, rings):
    """Add the pixels of windows to fine rings of their planes: number, radii, scaled intensities and their squares.

    Those at the edge count in part, as when they are measured, so that nothing depends on the place in a pixel.
    """
    n, most = windows.shape[1], np.int32(rings.shape[1])
    border = np.float32(n // 2)
    for index in range(which.shape[0]):
        item = which[index]
        x, y = np.float32(centres[item, 0] - corners[item, 0]), np.float32(centres[item, 1] - corners[item, 1])
        plane, scale = planes[item], np.float32(scales[item])
        for i in range(n):
            dy = np.float32(i) - y
            part = min(max(border - abs(dy), _ZERO), _ONE)
            for j in range(n):
                dx = np.float32(j) - x
                distance = np.sqrt(dx * dx + dy * dy)
                place = np.int32(distance * fineness)
                if place < most:
                    share = part * min(max(border - abs(dx), _ZERO), _ONE)
                    light = scale * windows[item, i, j]
                    rings[plane, place, 0] += share
                    rings[plane, place, 1] += share * distance
                    rings[plane, place, 2] += share * light
                    rings[plane, place, 3] += share * light * light


def _read(kind, dimensions):
    return types.Array(kind, dimensions, "C", readonly=True)


_F4, _F8, _I4, _I8, _U4 = types.float32, types.float64, types.int32, types.int64, types.uint32
_LIST, _FLOATS, _CENTRES, _WINDOWS = _I4[::1], _F4[::1], _F8[:, ::1], _F4[:, :, ::1]
_PAIRS, _LINES, _STATE = _I4[:, ::1], _F4[:, ::1], _F8[:, ::1]
_STAGES = {
    load: (
        _read(types.uint8, 1), _read(types.uint16, 1), _read(_F4, 1), _I8[::1], _LIST, _LIST, _F4, _CENTRES, _I8,
        _WINDOWS, _PAIRS, _PAIRS,
    ),
    locate: (_LIST, _WINDOWS, _PAIRS, _CENTRES, _LINES),
    fold: (
        _LIST, _WINDOWS, _PAIRS, _CENTRES, _STATE, _LIST, _FLOATS, _U4[:, :, ::1], *3 * (_F4[:, :, ::1],), _I8,
        _F4[:, :, ::1], _FLOATS, _FLOATS,
    ),
    shape: (
        _LIST, _LIST, _LIST, _F4[:, :, ::1], _LINES, _F4[:, :, :, ::1], _F4[:, :, ::1], _LIST, _F8[:, ::1],
        _F4[:, :, :, ::1], _STATE, _F4[:, :, ::1], _F4[:, :, ::1],
    ),
    fit: (
        _LIST, _LIST, _LIST, _FLOATS, _F4[:, :, ::1], *4 * (_LINES,), _LIST, _F8[:, ::1], _F4[:, :, ::1],
        _LINES,         *2 * (types.boolean,), _CENTRES,
        _STATE, _LINES, _F8[:, :, ::1], _F4[:, :, ::1],
    ),
    polish: (
        _LIST, _WINDOWS, _PAIRS, _FLOATS, _I8, _F4[:, :, ::1], _F4[:, :, ::1], _LINES, _F8[:, :, ::1], _CENTRES, _STATE,
        _LINES,
    ),
    search: (
        _LIST, _LIST, _LIST, _F4[:, :, ::1], _LINES, _LIST, _F8[:, ::1], _F4[:, :, ::1], _LINES, _LINES, _STATE, _LINES,
    ),
    add_rings: (_LIST, _WINDOWS, _PAIRS, _CENTRES, _LIST, _F8[::1], _F4, _F8[:, :, ::1]),
}  # fmt: skip
_FOR_TABLES = (search, add_rings)


def compile_stages(*, tables):
    """Compile what tracking without or with tables needs, or load it from the cache, and allow no other variant."""
    for stage, arguments in _STAGES.items():
        if not stage.signatures and (tables or stage not in _FOR_TABLES):
            stage.compile(types.void(*arguments))
            stage.disable_compile()
