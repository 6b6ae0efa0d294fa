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
_ZERO, _ONE, _HALF, _QUARTER, _EIGHTH = (np.float32(value) for value in (0, 1, 0.5, 0.25, 0.125))
_PRIOR_PIXELS, _ORDINARY, _LEAST_VARIANCE, _HUGE = (np.float32(value) for value in (20, 0.6, 1e-3, 1e9))
_FINE, _COARSE = np.float32(_NODES), np.float32(1 / _NODES)
_FAR = 0.55
"""A fit that moves a centre further than this [px] is given up for another fold there."""
X, Y, DX, DY, U, V, Z, A, B, SCORE, CHI2, SHARE, RESIDUAL, CONTRAST, LEVEL, FREE, BLUR, BLUR_ERROR, STEP = range(19)
"""Columns of the state of a window: centre of the fold; shift from it, tilts of the light, height, brightness of the
rings and background; score, chi-square; share of the variance in rings, root-mean-square of the rest and of the
rings; level at the rim, radius in use; variance of the motion in an exposure with its error, last step of the height in
planes."""
STATES = 19


@njit(**_OPTIONS)
def load(narrow, wide, real, layout, which, frames, top, centres, radius, windows, corners, counts):
    """Copy the windows around centres, as far inside the frame as they must be; count saturated and invalid pixels.

    `layout` is the kind of pixels and, in pixels, the pitch of rows and of frames, rows and columns.
    """
    n, kind, pitch = windows.shape[1], layout[0], layout[1]
    for index in range(which.shape[0]):
        item = which[index]
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
            for j in range(n):
                saturated += out[j] >= top
        counts[item, 0], counts[item, 1] = saturated, invalid


@njit(**_OPTIONS)
def locate(which, windows, corners, centres, work):
    """Find centres from the mirror symmetry of a band of rows and one of columns."""
    n = windows.shape[1]
    line, ahead, back, sums = work[0], work[1], work[2], work[3]
    half, reach = max(4, n // 8), 3 * n // 8
    width = np.float32(1 / (0.22 * n))
    place = np.empty(2)
    for index in range(which.shape[0]):
        item = which[index]
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
def fold(which, windows, corners, centres, state, halves, levels, bins, shares, cosines, sines, reach, slots, work):
    """Sum the four mirror images of each pixel into rings a quarter of a pixel wide.

    The centre is rounded to half a pixel, so which pixel belongs to which ring is known beforehand; `halves` is 0 to 3
    for whole and half pixels. A slot holds the sums of intensity, of its first harmonic and of its square.
    """
    n, radius = windows.shape[1], bins.shape[1] - 1
    one, two, three = np.uint32(1), np.uint32(2), np.uint32(3)
    for index in range(which.shape[0]):
        item = which[index]
        twice_x, twice_y = math.floor(2 * centres[item, 0] + 0.5), math.floor(2 * centres[item, 1] + 0.5)
        state[item, X], state[item, Y] = 0.5 * twice_x, 0.5 * twice_y
        odd_x, odd_y = twice_x & 1, twice_y & 1
        x, y = (twice_x >> 1) - corners[item, 0], (twice_y >> 1) - corners[item, 1]
        half = odd_x + 2 * odd_y
        free = min(min(x, n - 1 - x - odd_x) + odd_x, min(y, n - 1 - y - odd_y) + odd_y, radius)
        halves[item], state[item, FREE] = half, free
        window, place = windows[item], slots[item]
        for k in range(place.shape[0]):
            place[k] = _ZERO
        total = _ZERO
        for i in range(0, n, 8):
            for j in range(n):
                total += window[i, j]
        level = np.float32(math.floor(total / (n * ((n + 7) // 8))))
        levels[item] = level
        for i in range(free + 1 - odd_y):
            count = min(reach[half, i], free + 1 - odd_x)
            share, cosine, sine, number = shares[half, i], cosines[half, i], sines[half, i], bins[half, i]
            lower, upper = window[y + odd_y + i], window[y - i]
            for j in range(count):
                a, b = lower[x + odd_x + j] - level, lower[x - j] - level
                c, d = upper[x + odd_x + j] - level, upper[x - j] - level
                work[4 * j] = share[j] * (a + b + c + d)
                work[4 * j + 1] = cosine[j] * (a - b + c - d)
                work[4 * j + 2] = sine[j] * (a + b - c - d)
                work[4 * j + 3] = share[j] * (a * a + b * b + c * c + d * d)
            for j in range(count):
                slot = number[j]
                # all four are read before one is written: as four separate additions this takes twice as long
                p, q, r, s = place[slot], place[slot + one], place[slot + two], place[slot + three]
                place[slot] = p + work[4 * j]
                place[slot + one] = q + work[4 * j + 1]
                place[slot + two] = r + work[4 * j + 2]
                place[slot + three] = s + work[4 * j + 3]


@njit(**_OPTIONS)
def search(which, beads, halves, slots, numbers, planes, z_nm, rings, norms, means, state, work):
    """Find the plane of the look-up table that correlates best, and gain and background there.

    `rings` are the planes in rings of a pixel without their mean and of unit norm; `norms` and `means` are what was
    taken.
    """
    energy, scores = work[0], work[1]
    for index in range(which.shape[0]):
        item = which[index]
        bead, place, number = beads[item], slots[item], numbers[halves[item]]
        count = total = squares = _ZERO
        for k in range(rings.shape[2]):
            energy[k] = _ZERO
        used = 4 * int(state[item, FREE])
        for k in range(used):
            total += place[4 * k]
            count += number[k]
        mean = total / count
        for k in range(used):
            energy[k >> 2] += place[4 * k] - number[k] * mean
        for k in range(used >> 2):
            squares += (
                energy[k] * energy[k] / (number[4 * k] + number[4 * k + 1] + number[4 * k + 2] + number[4 * k + 3])
            )
        best, last = 0, planes[bead] - 1
        for p in range(last + 1):
            plane, product = rings[bead, p], _ZERO
            for k in range(plane.shape[0]):
                product += plane[k] * energy[k]
            scores[p] = product
            if product > scores[best]:
                best = p
        score, z, finer = scores[best], z_nm[bead, best], 0.0
        gain = score / norms[bead, best]
        if 0 < best < last:
            rise = scores[best - 1] - scores[best + 1]
            finer = 0.5 * rise / min(scores[best - 1] - 2 * score + scores[best + 1], -1e-9)
            z += finer * 0.5 * (z_nm[bead, best + 1] - z_nm[bead, best - 1])
            score -= 0.25 * finer * rise
        state[item, Z], state[item, A], state[item, B] = z, gain, mean - gain * means[bead, best]
        state[item, SCORE] = score / math.sqrt(max(squares, _LEAST_VARIANCE))


@njit(**_INNER)
def _solve(rows, weight, first, unknowns, system):
    """Fill and solve the normal equations of rows from `first` on, the last of which is the data.

    `system` becomes, row by row, what the unknown is not explained by, the solution and the inverse matrix.
    """
    count = system.shape[0]
    for i in range(count):
        for j in range(count + 1):
            one, other, total = rows[first + i], rows[first + j], _ZERO
            for k in range(weight.shape[0]):
                total += weight[k] * one[k] * other[k]
            system[i, j] = total
        for j in range(unknowns):
            system[i, count + 1 + j] = 1.0 if i == j else 0.0
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
    which, beads, halves, levels, slots, numbers, squares, radii, spreads, basis, smoother, planes, z_nm, cubics,
    noise, turns, robust, centres, state, shapes, weights, inverses, work,
):  # fmt: skip
    """Fit shift, tilt, height, gain and background to the rings.

    A window without a table is fitted with the smooth shape of its own rings. Shift and tilt are in the first
    harmonic of a ring, the rest is in its mean, so they are fitted apart.
    """
    knots, bins = cubics.shape[3], numbers.shape[1]
    e, x, y, q, n, c2, s2 = work[0], work[1], work[2], work[3], work[4], work[5], work[6]
    value, slope, bend, height = work[7], work[8], work[9], work[10]
    flat, mean, rise, curl, rest = work[11], work[12], work[13], work[14], work[15]
    steep, tilt, data = work[16], work[17], work[18]
    weight, spoilt, excess, fresh, repeated = work[19, :bins], work[20], work[21], work[22, :bins], work[23]
    means, harmonic = np.zeros((4, 8)), np.zeros((2, 5))
    flat[:] = _ONE
    for index in range(which.shape[0]):
        item = which[index]
        bead, parity, now, shape, level = beads[item], halves[item], state[item], shapes[item], levels[item]
        number, square, rho, table = numbers[parity], squares[parity], radii[parity], planes[bead] > 0
        used = 4 * int(now[FREE])
        for k in range(bins):
            known = _ONE if 2 <= k < used else _ZERO
            n[k], c2[k], s2[k] = known * number[k], known * square[k], known * (number[k] - square[k])
            e[k], x[k] = slots[item, 4 * k], slots[item, 4 * k + 1]
            y[k], q[k] = slots[item, 4 * k + 2], slots[item, 4 * k + 3]
            spoilt[k] = curl[k] = _ZERO
        for k in range(used, bins):
            e[k] = number[k] * e[used - 1] / number[used - 1]
        dx = dy = u = v = _ZERO
        z, a, b = now[Z], np.float32(now[A]), np.float32(now[B])
        if not table:
            z, a, b = np.nan, _ONE, _ZERO
        per_adu, floor = noise[bead, 0], noise[bead, 1]
        guessed = not per_adu >= 0
        if guessed:
            per_adu, floor = _ZERO, _ONE
        interval, count, left, chi2 = 0, _ONE, _ZERO, _ZERO
        for turn in range(turns):
            bent = _QUARTER * (dx * dx + dy * dy)
            # the shape at this height, as coefficients along the radius
            if table:
                interval = 0
                while interval < planes[bead] - 2 and z >= z_nm[bead, interval + 1]:
                    interval += 1
                t, cubic = np.float32(z - z_nm[bead, interval]), cubics[bead, interval]
                for k in range(knots):
                    shape[0, k] = cubic[3, k] + t * (cubic[2, k] + t * (cubic[1, k] + t * cubic[0, k]))
                    shape[1, k] = cubic[2, k] + t * (2 * cubic[1, k] + t * 3 * cubic[0, k])
            else:
                for k in range(bins):
                    excess[k] = e[k] - n[k] * bent * curl[k]
                for m in range(knots):
                    total = _ZERO
                    for k in range(bins):
                        total += smoother[parity, m, k] * excess[k]
                    shape[0, m], shape[1, m] = total, _ZERO
            for row in range(4):
                for k in range(knots):
                    for p in range(4):
                        repeated[4 * k + p] = shape[row // 3, k]
                out, base = work[7 + row], basis[parity, row % 3]
                for k in range(bins):
                    out[k] = (
                        base[0, k] * repeated[k]
                        + base[1, k] * repeated[k + 4]
                        + base[2, k] * repeated[k + 8]
                        + base[3, k] * repeated[k + 12]
                    )
            # what rings a shift away from the fold's centre should hold, and what is left of them
            for k in range(bins):
                curl[k] = bend[k] + slope[k] / rho[k]
            for k in range(bins):
                steep[k] = -a * slope[k]
                bend[k] -= slope[k] / rho[k]
            for k in range(2, bins - 2):
                steep[k] -= a * _HALF * bent * (curl[k + 2] - curl[k - 2])
            chi2 = left = light = count = _ZERO
            for k in range(bins):
                good = _ONE if n[k] > _ZERO else _ZERO
                model = a * (value[k] + bent * curl[k]) + b
                along, across = a * slope[k], a * bent * bend[k]
                variance = max(per_adu * (model + level) + floor, _LEAST_VARIANCE)
                found = q[k] - model * (2 * e[k] - n[k] * model)
                found -= n[k] * (spreads[parity, k] * along * along + _HALF * across * across)
                tilt[k] = rho[k] * (model + level)
                along, across = steep[k] * dx + tilt[k] * u, steep[k] * dy + tilt[k] * v
                found -= along * (2 * x[k] - c2[k] * along) + across * (2 * y[k] - s2[k] * across)
                mean[k], weight[k], excess[k] = model, variance, good * found
                left += excess[k]
                chi2 += excess[k] / variance
                count += n[k]
                light += n[k] * (model + level)
            if guessed and turn > 0:
                factor = max(left / (count - knots), _LEAST_VARIANCE) * count / light
                for k in range(bins):
                    weight[k] = max(factor * (mean[k] + level), _LEAST_VARIANCE)
            if robust and turn > 0:
                for k in range(3, bins - 3):
                    pixels, much = _PRIOR_PIXELS, _ZERO
                    for p in range(k - 3, k + 4):
                        pixels += n[p]
                        much += excess[p] - n[p] * weight[p]
                    spoilt[k] = max(much / pixels - _ORDINARY * weight[k], _ZERO)
                spoilt[bins - 1] = spoilt[bins - 2] = spoilt[bins - 3] = spoilt[bins - 4]
            for k in range(bins):
                weight[k] = _ONE / (weight[k] + spoilt[k])
            for axis in range(2):
                part, sums = work[5 + axis], work[1 + axis]
                for k in range(bins):
                    fresh[k] = weight[k] * part[k]
                    data[k] = sums[k] / max(part[k], _QUARTER)
                _solve(work, fresh, 16, 2, harmonic)
                for i in range(2):
                    for j in range(2):
                        inverses[item, 2 * axis + i, j] = harmonic[i, 3 + j]
                now[DX + axis], now[U + axis] = harmonic[0, 2], harmonic[1, 2]
            dx, dy, u, v = np.float32(now[DX]), np.float32(now[DY]), np.float32(now[U]), np.float32(now[V])
            if table:
                for k in range(bins):
                    fresh[k] = weight[k] * n[k]
                    rest[k] = e[k] / max(number[k], _ONE) - mean[k]
                    mean[k] -= b
                    rise[k] = a * height[k]
                    curl[k] *= _QUARTER * a
                _solve(work, fresh, 11, 3, means)
                for i in range(3):
                    for j in range(3):
                        inverses[item, 4 + i, j] = means[i, 5 + j]
                now[BLUR], now[BLUR_ERROR] = means[3, 4] / means[3, 3], 1 / math.sqrt(means[3, 3])
                spacing = z_nm[bead, interval + 1] - z_nm[bead, interval]
                now[STEP] = abs(means[2, 4]) / spacing
                b += np.float32(means[0, 4])
                a *= np.float32(min(max(1 + means[1, 4], 0.3), 3.0))
                z += min(max(means[2, 4], -2 * spacing), 2 * spacing)
                z = min(max(z, z_nm[bead, 0] - spacing), z_nm[bead, planes[bead] - 1] + spacing)
            if not (abs(dx) < _FAR and abs(dy) < _FAR):
                break
        for k in range(weights.shape[1]):
            weights[item, k] = weight[min(k, bins - 1)]
        total = everything = rings = outer = pixels = _ZERO
        for k in range(bins):
            good = _ONE if n[k] > _ZERO else _ZERO
            total += good * e[k]
            everything += good * q[k]
        for k in range(bins):
            deviation = a * value[k] + b - total / count
            rings += n[k] * deviation * deviation
        for k in range(used - used // 4, used):
            outer += e[k]
            pixels += number[k]
        now[LEVEL] = level + outer / pixels
        now[SHARE] = 1 - left / max(everything - total * total / count, _LEAST_VARIANCE)
        now[RESIDUAL], now[CONTRAST] = math.sqrt(max(left, _ZERO) / count), math.sqrt(rings / count)
        now[CHI2] = np.nan if guessed else chi2 / (count - (8 if table else knots + 4))
        now[Z], now[A], now[B] = z, a, b
        for axis in range(2):
            centres[item, axis] = now[X + axis] + min(max(now[DX + axis], -2.5), 2.5)


@njit(**_OPTIONS)
def polish(which, windows, corners, levels, radius, basis, shapes, weights, inverses, centres, state, work):
    """Improve all parameters by one exact look at every pixel of the disc around the centre.

    Rings about half pixels are wrong for beads that are not round; pixels about the centre itself are not.
    """
    n = windows.shape[1]
    model, change, steep, weight, ramp = work[0], work[1], work[2], work[3], work[4]
    gradient, step = np.zeros(7), np.zeros(7)
    for index in range(which.shape[0]):
        item = which[index]
        now, shape, window = state[item], shapes[item], windows[item]
        a, b = np.float32(now[A]), np.float32(now[B]) + levels[item]
        for k in range(radius + 1):
            for row in range(3):
                out, c = work[row, _NODES * k :], shape[row & 1, k:]
                c0, c1, c2, c3 = a * c[0], a * c[1], a * c[2], a * c[3]
                base, onto = basis[row >> 1], b if row == 0 else _ZERO
                for p in range(_NODES):
                    out[p] = onto + c0 * base[0, p] + c1 * base[1, p] + c2 * base[2, p] + c3 * base[3, p]
            for p in range(_NODES):
                weight[_NODES * k + p] = weights[item, 4 * k + (p >> 2)]
                steep[_NODES * k + p] /= max(np.float32(k) + _COARSE * np.float32(p), _COARSE)
        steep[0] = steep[1]
        x, y = centres[item, 0] - corners[item, 0], centres[item, 1] - corners[item, 1]
        u, v, reach = np.float32(now[U]), np.float32(now[V]), np.float32(now[FREE])
        for i in range(7):
            gradient[i] = 0
        for i in range(max(0, math.ceil(y - reach)), min(n, math.floor(y + reach) + 1)):
            dy = np.float32(i - y)
            chord = math.sqrt(max(reach * reach - dy * dy, _ZERO))
            first, last = max(0, math.ceil(x - chord)), min(n, math.floor(x + chord) + 1)
            line = window[i, first:last]
            start, tilt = np.float32(first - x), _ONE + v * dy
            g_x = g_y = g_u = g_v = g_b = g_z = _ZERO
            for j in range(line.shape[0]):
                dx = start + ramp[j]
                distance = math.sqrt(dx * dx + dy * dy)
                node = np.int32(distance * _FINE + _HALF)
                near = np.uint32(node)
                s = steep[near]
                m = model[near] + s * distance * (distance - np.float32(node) * _COARSE)
                rest = weight[near] * (line[j] - m * (tilt + u * dx))
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
        now[Z] += step[6]


@njit(**_OPTIONS)
def add_rings(which, windows, corners, centres, planes, scales, fineness, rings):
    """Add the pixels of windows to fine rings of their planes: number, radii, intensities times a scale."""
    n, most = windows.shape[1], np.int32(rings.shape[1])
    for index in range(which.shape[0]):
        item = which[index]
        x, y = np.float32(centres[item, 0] - corners[item, 0]), np.float32(centres[item, 1] - corners[item, 1])
        plane, scale = planes[item], np.float32(scales[item])
        for i in range(n):
            dy = np.float32(i) - y
            for j in range(n):
                dx = np.float32(j) - x
                distance = math.sqrt(dx * dx + dy * dy)
                place = np.int32(distance * fineness)
                if place < most:
                    rings[plane, place, 0] += 1
                    rings[plane, place, 1] += distance
                    rings[plane, place, 2] += scale * windows[item, i, j]


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
        _LIST, _WINDOWS, _PAIRS, _CENTRES, _STATE, _LIST, _FLOATS, _U4[:, :, ::1], *3 * (_F4[:, :, ::1],), _PAIRS,
        _LINES, _FLOATS,
    ),
    fit: (
        _LIST, _LIST, _LIST, _FLOATS, _LINES, *4 * (_LINES,), _F4[:, :, :, ::1], _F4[:, :, ::1], _LIST, _F8[:, ::1],
        _F4[:, :, :, ::1], _LINES, _I8, types.boolean, _CENTRES, _STATE, _F4[:, :, ::1], _LINES, _F8[:, :, ::1], _LINES,
    ),
    polish: (
        _LIST, _WINDOWS, _PAIRS, _FLOATS, _I8, _F4[:, :, ::1], _F4[:, :, ::1], _LINES, _F8[:, :, ::1], _CENTRES, _STATE,
        _LINES,
    ),
    search: (
        _LIST, _LIST, _LIST, _LINES, _LINES, _LIST, _F8[:, ::1], _F4[:, :, ::1], _LINES, _LINES, _STATE, _LINES,
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
