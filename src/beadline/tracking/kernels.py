"""Compiled loops of the tracker: each one a stage that goes over a batch of windows.

All of them live in this file because a cached binary does not notice a change in another one. They are flat and
short, because users wait for their compilation. Indices are unsigned where they gather: the wrap-around of signed ones
keeps a loop from being vectorised. Lengths are in pixels, intensities in ADU, in single precision throughout but
for positions and heights.
"""

# pyright: reportMissingParameterType=false
# The types of compiled loops are declared once, at the end.

import math
from typing import Any

import numpy as np
from numba import njit, types

_OPTIONS = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"nsz", "arcp", "contract", "reassoc", "afn"},  # keeps the meaning of NaN
}
_INNER = {**_OPTIONS, "cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_ZERO, _ONE, _TWO, _THREE, _HALF, _QUARTER = (np.float32(value) for value in (0, 1, 2, 3, 0.5, 0.25))
_ZERO_RING, _UNIT, _PAIR, _TRIPLE, _FOUR, _FIVE, _EIGHT, _TWELVE, _SIXTEEN = (
    np.uint64(value) for value in (0, 1, 2, 3, 4, 5, 8, 12, 16)
)
_PRIOR_PIXELS, _LEAST_VARIANCE, _HUGE = (np.float32(value) for value in (20, 1e-3, 1e9))
_SEVENTH = np.float32(1 / 7)
_ORDINARY, _UNEVEN = np.float32(0.6), np.float32(10)
"""A ring is disturbed when it varies by so much more than noise, in units of it, and than in the bead's sweep."""

RING_PITCH, NODE_PITCH = 1480, 5920
"""Rings, or nodes, that a row has room for: with a fixed pitch the compiler knows that rows do not overlap, and
vectorises. As in `geometry`, of which a cached binary would not notice a change."""
FIT_ROWS, SUM_ROWS, NODE_ROWS = 19, 4, 6
_LINE, _TWO_LINES, _THREE_LINES = (np.uint64(rows * RING_PITCH) for rows in (1, 2, 3))
_E, _COSINE, _SINE, _ENERGY = (np.uint64(row * RING_PITCH) for row in range(SUM_ROWS))
"""Rows of the sums of a window: of intensity, of its first harmonic and of its square."""
_NUMBER, _COUNTED, _ALONG, _RHO, _SPREAD, _BASIS = (np.uint64(row * RING_PITCH) for row in range(6))
"""Rows of the rings of a window, see `Geometry.rows`."""
(
    _VALUE, _SLOPE, _CURL, _OVAL, _TWIST, _HEIGHT, _FLAT, _MEAN, _RISE, _BEND, _REST, _STEEP, _TILT, _DATA, _PART,
    _OTHER, _EXCESS, _WEIGHT, _REPEATED,
) = (np.uint64(row * RING_PITCH) for row in range(FIT_ROWS))  # fmt: skip
"""Rows of the workspace of a fit: shape of unit brightness, slope, curvature of the mean and of the second harmonic,
their derivative, change with height; the columns of the normal equations; and what these are made of."""
NODES_PER_PX, _NODES_PER_RING, PARAMETERS = 16, 4, 7
_FINE, _COARSE = np.float32(NODES_PER_PX), np.float32(1 / NODES_PER_PX)
_KNOT, _SPAN = np.uint64(NODES_PER_PX), np.uint64(NODE_PITCH)
_NODE_VALUES, _NODE_CHANGES, _NODE_WEIGHTS, _NODE_MODEL, _NODE_RISES, _NODE_STEEPS = (
    np.uint64(row * NODE_PITCH) for row in range(NODE_ROWS)
)
"""Rows of the workspace of the exact look, at nodes a sixteenth of a pixel apart: coefficients, and what they make."""
_BITS, _LOW_BITS, _NO_SIGN, _MOST = np.int32(16), np.int32(0xFFFF), np.int32(0x7FFFFFFF), np.float32(32767)
"""Two numbers of 16 bits with a sign are kept in one of 32, so that half as many are gathered."""

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


@njit(**_INNER)
def _load(narrow, wide, real, layout, outcome, frames, top, centres, radius, windows, pixels, corners, counts):
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
        invalid = np.int32(0)
        first = np.uint64(frames[item] * layout[2] + y * pitch + x)
        out = np.uint64(item * n * n)
        for _ in range(n):
            if kind == 1:
                for j in range(np.uint64(n)):
                    pixels[out + j] = narrow[first + j]
            elif kind == 2:
                for j in range(np.uint64(n)):
                    pixels[out + j] = wide[first + j]
            else:
                for j in range(np.uint64(n)):
                    pixel = real[first + j]
                    good = abs(pixel) < _HUGE
                    invalid += not good
                    pixels[out + j] = pixel if good else _ZERO
            first += np.uint64(pitch)
            out += np.uint64(n)
        full = _ZERO
        for j in range(np.uint64(item * n * n), np.uint64((item + 1) * n * n)):
            full += _ONE if pixels[j] >= top else _ZERO
        counts[item, 0], counts[item, 1] = np.int32(full), invalid


@njit(**_INNER)
def _locate(outcome, windows, pixels, corners, centres, place, work):
    """Find centres from the mirror symmetry of a band of rows and one of columns."""
    n = windows.shape[1]
    line, ahead, back, sums = work[0], work[1], work[2], work[3]
    half, reach = max(4, n // 8), 3 * n // 8
    width = np.float32(1 / (0.22 * n))
    pairs = np.uint64((n // 2 + 31) // 32 * 32)  # whole vectors; the rooms before and behind `n` pixels remain 0
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        place[0] = place[1] = 0.5 * (n - 1)
        for _ in range(3):
            moved = 0.0
            for axis in range(2):
                first = min(max(int(place[1 - axis]) - half, 0), n - 2 * half)
                for j in range(n):
                    line[j] = _ZERO
                if axis == 0:
                    for i in range(first, first + 2 * half):
                        row = np.uint64((item * n + i) * n)
                        for j in range(np.uint64(n)):
                            line[j] += pixels[row + j]
                else:
                    for i in range(n):
                        row, total = np.uint64((item * n + i) * n + first), _ZERO
                        for j in range(np.uint64(2 * half)):
                            total += pixels[row + j]
                        line[i] = total
                here, mean = place[axis], _ZERO
                for j in range(n):
                    mean += line[j]
                mean /= n
                middle, average = np.float32(here), np.float32(mean)
                for j in range(n):
                    distance = (np.float32(j) - middle) * width
                    distance *= distance
                    ahead[n + j] = (line[j] - average) / (_ONE + distance * distance)
                for j in range(n):
                    back[n + j] = ahead[2 * n - 1 - j]
                lowest = math.floor(2 * here + 0.5) - reach
                best = 0
                for lag in range(2 * reach + 1):
                    left = (lowest + lag) >> 1
                    right, product = lowest + lag - left, _ZERO
                    ours, theirs = np.uint64(n + right), np.uint64(2 * n - 1 - left)
                    for j in range(pairs):
                        product += ahead[ours + j] * back[theirs + j]
                    # each pair counts twice, but for the pixel in the middle
                    middle = ahead[ours] if left == right else _ZERO
                    product += product - middle * middle
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


@njit(**_INNER)
def _fold(
    outcome, beads, strides, windows, pixels, corners, centres, state, halves, levels, bins, shares, cosines, sines,
    rim, sums, place, work, steps,
):  # fmt: skip
    """Sum the four mirror images of each pixel into rings a quarter of a pixel wide.

    The centre is rounded to half a pixel, so which pixel belongs to which ring is known beforehand; `halves` is 0 to 3
    for whole and half pixels, and 4 more if every other row will do. `sums` are those of
    intensity, of its first harmonic and of its square.
    """
    n, radius = windows.shape[1], bins.shape[1] - 1
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    rings = place.shape[0] >> 2
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        twice_x, twice_y = math.floor(2 * centres[item, 0] + 0.5), math.floor(2 * centres[item, 1] + 0.5)
        state[item, X], state[item, Y] = 0.5 * twice_x, 0.5 * twice_y
        odd_x, odd_y = twice_x & 1, twice_y & 1
        x, y = (twice_x >> 1) - corners[item, 0], (twice_y >> 1) - corners[item, 1]
        stride = strides[beads[item]]
        half = odd_x + 2 * odd_y + 4 * (stride - 1)
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
        for i in range(0, rows, stride):
            share, cosine, sine, number = shares[half, i], cosines[half, i], sines[half, i], bins[half, i]
            # a step is `i`, but the compiler does not know it: else it looks for overlaps of all rows at once with
            # `work`, suspects some, and does not vectorise
            below = np.uint64((item * n + y + odd_y + steps[i]) * n + x)
            above = np.uint64((item * n + y - steps[i]) * n + x)
            right_below, right_above = below + np.uint64(odd_x), above + np.uint64(odd_x)
            for j in range(np.uint64(columns)):
                a, b = pixels[right_below + j] - level, pixels[below - j] - level
                c, d = pixels[right_above + j] - level, pixels[above - j] - level
                work[four * j] = share[j] * (a + b + c + d)
                work[four * j + one] = cosine[j] * (a - b + c - d)
                work[four * j + two] = sine[j] * (a + b - c - d)
                work[four * j + three] = share[j] * (a * a + b * b + c * c + d * d)
            for j in range(np.uint64(columns)):
                slot = np.uint64(number[j])
                # all four are summed before one is written: as four separate additions this takes twice as long
                p, q = place[slot] + work[four * j], place[slot + one] + work[four * j + one]
                r, s = place[slot + two] + work[four * j + two], place[slot + three] + work[four * j + three]
                place[slot], place[slot + one], place[slot + two], place[slot + three] = p, q, r, s
        for k in range(rings):
            sums[item, _E + k], sums[item, _COSINE + k] = place[4 * k], place[4 * k + 1]
            sums[item, _SINE + k], sums[item, _ENERGY + k] = place[4 * k + 2], place[4 * k + 3]


@njit(**_INNER)
def _search(outcome, beads, halves, sums, numbers, planes, z_nm, rings, norms, means, state, work):
    """Find the plane of the look-up table that correlates best, and gain and background there.

    `rings` are the planes of each bead, for the eight kinds of folds, in rings of a pixel without their mean and of
    unit norm, four rings at a time for all planes; `norms` and `means` are what was taken.
    """
    energy, scores = work[0], work[3]
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        bead, whole, number = beads[item], sums[item], numbers[halves[item]]
        if planes[bead] == 0:
            continue
        place = np.uint64(8 * bead + halves[item])
        count = total = squares = _ZERO
        for k in range(rings.shape[1]):
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
        for p in range(rings.shape[2]):
            scores[p] = _ZERO
        for k in range(_ZERO_RING, np.uint64((used + 15) >> 4 << 2), _FOUR):
            two, three, four = k + _UNIT, k + _PAIR, k + _TRIPLE
            e1, e2, e3, e4 = energy[k], energy[two], energy[three], energy[four]
            for p in range(np.uint64(rings.shape[2])):
                scores[p] += e1 * rings[place, k, p] + e2 * rings[place, two, p]
                scores[p] += e3 * rings[place, three, p] + e4 * rings[place, four, p]
        for p in range(1, last + 1):
            if scores[p] > scores[best]:
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


@njit(**_INNER)
def _blend(splines, at, c0, c1, c2, c3):
    """Add the four splines that are not 0 at a ring."""
    return splines[at] * c0 + splines[at + _LINE] * c1 + splines[at + _TWO_LINES] * c2 + splines[at + _THREE_LINES] * c3


@njit(**_INNER)
def _repeat(coefficients, row):
    """Repeat each coefficient for the rings between two knots."""
    for k in range(coefficients.shape[0]):
        for p in range(4):
            row[_REPEATED + np.uint64(4 * k + p)] = coefficients[k]


@njit(**_INNER)
def _shape(now, last, z_nm, cubics, sums, geometry, smoother, out, row):
    """Evaluate the shape of a bead at its height, or of its own rings without a table, and derivatives of it."""
    knots, rings = smoother.shape[0], smoother.shape[1]
    if last >= -1:
        interval = 0
        while interval < last and now[Z] >= z_nm[interval + 1]:
            interval += 1
        now[PLANE] = interval
        t, cubic = np.float32(now[Z] - z_nm[interval]), cubics[interval]
        for k in range(knots):
            out[0, k] = cubic[3, k] + t * (cubic[2, k] + t * (cubic[1, k] + t * cubic[0, k]))
            out[1, k] = cubic[2, k] + t * (_TWO * cubic[1, k] + _THREE * t * cubic[0, k])
    else:
        bent = np.float32(0.25 * (now[DX] * now[DX] + now[DY] * now[DY]))
        used = np.uint64(4 * int(now[FREE]))
        for k in range(used):
            row[_VALUE + k] = sums[_E + k] - geometry[_NUMBER + k] * bent * row[_CURL + k]
        rim = used - _UNIT
        while geometry[_NUMBER + rim] == _ZERO and rim > _ZERO_RING:
            rim -= _UNIT  # a ring may have no pixel
        outermost = sums[_E + rim] / max(geometry[_NUMBER + rim], _ONE)
        for k in range(used, np.uint64(rings)):
            row[_VALUE + k] = geometry[_NUMBER + k] * outermost
        for m in range(knots):
            total, smooth = _ZERO, smoother[m]
            for k in range(np.uint64(rings)):
                total += smooth[k] * row[_VALUE + k]
            out[0, m], out[1, m] = total, _ZERO
    _repeat(out[0], row)
    for k in range(np.uint64(rings)):
        at, here = _REPEATED + k, _BASIS + k
        c0, c1, c2, c3 = row[at], row[at + _FOUR], row[at + _EIGHT], row[at + _TWELVE]
        row[_VALUE + k] = _blend(geometry, here, c0, c1, c2, c3)
        row[_SLOPE + k] = _blend(geometry, here + _FOUR * _LINE, c0, c1, c2, c3)
        row[_CURL + k] = _blend(geometry, here + _EIGHT * _LINE, c0, c1, c2, c3)
        row[_OVAL + k] = _blend(geometry, here + _TWELVE * _LINE, c0, c1, c2, c3)
        row[_TWIST + k] = _blend(geometry, here + _SIXTEEN * _LINE, c0, c1, c2, c3)
    _repeat(out[1], row)
    for k in range(np.uint64(rings)):
        at = _REPEATED + k
        row[_HEIGHT + k] = _blend(geometry, _BASIS + k, row[at], row[at + _FOUR], row[at + _EIGHT], row[at + _TWELVE])


@njit(**_INNER)
def _solve(row, first, high, unknowns, system):
    """Fill and solve the normal equations of rows from `first` on, the last of which is the data.

    `system` becomes, row by row, what the unknown is not explained by, the solution and the inverse matrix.
    """
    count = system.shape[0]
    for i in range(count):
        for j in range(i, count + 1):
            one, other, total = first + np.uint64(i) * _LINE, first + np.uint64(j) * _LINE, _ZERO
            for k in range(high):
                total += row[_PART + k] * row[one + k] * row[other + k]
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


@njit(**_INNER)
def _seven(row, k):
    """Add a ring and three on either side of it."""
    near = row[k - _TRIPLE] + row[k - _PAIR] + row[k - _UNIT] + row[k + _UNIT] + row[k + _PAIR] + row[k + _TRIPLE]
    return row[k] + near


@njit(**_INNER)
def _compare(now, level, noise, ragged, sums, geometry, high, row):
    """Compare the rings with the model: columns of the normal equations, excess of squares and variances.

    Returns the sum of squares that is left, and that relative to the variances; pixels; and light of all.
    """
    dx, dy, u, v = np.float32(now[DX]), np.float32(now[DY]), np.float32(now[U]), np.float32(now[V])
    a, b, bent = np.float32(now[A]), np.float32(now[B]), np.float32(0.25 * (now[DX] * now[DX] + now[DY] * now[DY]))
    per_adu, floor = noise[0], noise[1]
    for k in range(high):
        n, c2, e = geometry[_COUNTED + k], geometry[_ALONG + k], sums[_E + k]
        model = a * (row[_VALUE + k] + bent * row[_CURL + k]) + b
        down = -a * (row[_SLOPE + k] + _HALF * bent * row[_TWIST + k])
        side = geometry[_RHO + k] * (model + level)
        along, across, second = down * dx + side * u, down * dy + side * v, a * bent * row[_OVAL + k]
        found = sums[_ENERGY + k] - model * (e + e - n * model)
        found -= along * (_TWO * sums[_COSINE + k] - c2 * along)
        found -= across * (_TWO * sums[_SINE + k] - (n - c2) * across)
        row[_EXCESS + k] = found - n * (geometry[_SPREAD + k] * down * down + _HALF * second * second)
        row[_MEAN + k], row[_REST + k] = model - b, e / max(n, _ONE) - model
        row[_STEEP + k], row[_TILT + k] = down, side
        row[_WEIGHT + k] = max(per_adu * (model + level) + floor, _LEAST_VARIANCE)
    for k in range(high):
        row[_FLAT + k], row[_RISE + k], row[_BEND + k] = (
            _ONE, a * row[_HEIGHT + k], _QUARTER * a * row[_CURL + k],
        )  # fmt: skip
    left = chi2 = light = count = _ZERO
    for k in range(_PAIR):
        row[_EXCESS + k] = _ZERO
    for k in range(high):
        n = geometry[_COUNTED + k]
        left += row[_EXCESS + k]
        chi2 += row[_EXCESS + k] / (row[_WEIGHT + k] + a * a * ragged[k])
        light += n * (row[_MEAN + k] + b + level)
        count += n
    return left, chi2, count, light


@njit(**_INNER)
def _weigh(a, b, level, factor, guessed, robust, ragged, geometry, high, row):
    """Turn variances of rings into weights: those that are further from the model than noise explains get less."""
    if guessed:
        for k in range(high):
            row[_WEIGHT + k] = max(factor * (row[_MEAN + k] + b + level), _LEAST_VARIANCE)
    if robust:
        for k in range(high):
            row[_PART + k] = row[_EXCESS + k] - geometry[_COUNTED + k] * row[_WEIGHT + k]
        for k in range(_FIVE, high - _TRIPLE):
            usual = _ORDINARY * row[_WEIGHT + k] + _UNEVEN * a * a * ragged[k]
            pixels, much = _PRIOR_PIXELS + _seven(geometry, _COUNTED + k), _seven(row, _PART + k)
            row[_OTHER + k] = max(much / pixels - usual, _ZERO)
        for k in range(_TRIPLE):
            row[_OTHER + _PAIR + k] = row[_OTHER + _FIVE]
            row[_OTHER + high - _UNIT - k] = row[_OTHER + high - _FOUR]
        # smooth along the radius: which pixels a ring has depends on where in a pixel the centre is
        for k in range(_PAIR, high):
            row[_PART + k] = row[_WEIGHT + k] + row[_OTHER + k]
        for k in range(_FIVE, high - _TRIPLE):
            row[_WEIGHT + k] = _SEVENTH * _seven(row, _PART + k)
        for k in range(_TRIPLE):
            row[_WEIGHT + _PAIR + k] = row[_WEIGHT + _FIVE]
            row[_WEIGHT + high - _UNIT - k] = row[_WEIGHT + high - _FOUR]
    for k in range(high):
        row[_WEIGHT + k] = _ONE / row[_WEIGHT + k]
    for k in range(_PAIR):
        row[_WEIGHT + k] = row[_WEIGHT + _PAIR]


@njit(**_INNER)
def _count_all(inverse, folded, whole, high, row):
    """Make covariances those of a look at all pixels, of which only a part was folded."""
    part_x = part_y = part = all_x = all_y = every = _ZERO
    for k in range(high):
        information = row[_WEIGHT + k] * row[_STEEP + k] * row[_STEEP + k]
        some, along, many, long = folded[_COUNTED + k], folded[_ALONG + k], whole[_COUNTED + k], whole[_ALONG + k]
        part_x += information * along
        all_x += information * long
        part_y += information * (some - along)
        all_y += information * (many - long)
        part += some
        every += many
    share_x, share_y, share = part_x / all_x, part_y / all_y, part / every
    for j in range(3):
        for i in range(2):
            inverse[i, j] *= share_x
            inverse[2 + i, j] *= share_y
        for i in range(4, 7):
            inverse[i, j] *= share


@njit(**_INNER)
def _refine(
    outcome, beads, halves, levels, sums, geometry, smoother, planes, z_nm, cubics, uneven, noise, robust, turns, near,
    centres, state, shapes, weights, inverses, means, harmonic, row,
):  # fmt: skip
    """Improve shift, tilt, height, gain and background in two turns, from the rings, or more while the height changes.

    Shift and tilt are in the first harmonic of a ring, the rest is in its mean, so they are fitted apart. Rings that
    are further from the model than noise explains get less weight in the last turn.
    """
    for item in range(outcome.shape[0]):
        if outcome[item] != _ACTIVE:
            continue
        bead, now, ring, sum_ = beads[item], state[item], geometry[halves[item]], sums[item]
        high, lowest, highest, spacing = np.uint64(4 * int(now[FREE])), 0.0, 0.0, np.inf
        table, guessed = planes[bead] > 0, not noise[bead, 0] >= _ZERO
        if table:
            lowest, highest = z_nm[bead, 0], z_nm[bead, planes[bead] - 1]
            spacing = (highest - lowest) / max(planes[bead] - 1, 1)
        own_shape = now[FREE] + 1  # a coefficient for each pixel of the radius, if its shape is fitted, too
        parameters = 8 if table else own_shape
        for k in range(high):
            row[_CURL + k] = _ZERO  # nothing of the window before is left: its curvature may not be a number
        for turn in range(turns):
            last = turn > 0 and (turn == turns - 1 or not abs(now[STEP]) > near * spacing)
            _shape(
                now, planes[bead] - 2, z_nm[bead], cubics[bead], sum_, ring, smoother[halves[item]], shapes[item], row
            )
            ragged = uneven[bead, int(now[PLANE])]
            left, chi2, count, light = _compare(now, levels[item], noise[bead], ragged, sum_, ring, high, row)
            freedom = np.float32(max(count - own_shape, 1))
            factor = max(left / freedom, _LEAST_VARIANCE) * count / max(light, _ONE)
            a, b = np.float32(now[A]), np.float32(now[B])
            _weigh(a, b, levels[item], factor, guessed, robust and last, ragged, ring, high, row)
            for axis in range(2):
                for k in range(high):
                    along = ring[_ALONG + k]
                    if axis == 1:
                        along = ring[_COUNTED + k] - along
                    row[_PART + k] = row[_WEIGHT + k] * along
                    row[_DATA + k] = sum_[np.uint64(1 + axis) * _LINE + k] / max(along, _QUARTER)
                _solve(row, _STEEP, high, harmonic.shape[0], harmonic)
                for i in range(2):
                    for j in range(2):
                        inverses[item, 2 * axis + i, j] = harmonic[i, 3 + j]
                now[DX + axis], now[U + axis] = harmonic[0, 2], harmonic[1, 2]
                centres[item, axis] = now[X + axis] + min(max(harmonic[0, 2], -_REACH), _REACH)
            if table:
                for k in range(high):
                    row[_PART + k] = row[_WEIGHT + k] * ring[_COUNTED + k]
                unknowns = 3 if planes[bead] > 1 else 2  # a template has no height to fit
                _solve(row, _FLAT, high, unknowns, means)
                for i in range(3):
                    for j in range(3):
                        inverses[item, 4 + i, j] = means[i, 5 + j] if i < unknowns and j < unknowns else 0.0
                step = min(max(means[2, 4], -2 * spacing), 2 * spacing)
                now[BLUR], now[BLUR_ERROR] = means[3, 4] / means[3, 3], 1 / math.sqrt(means[3, 3])
                now[B] += means[0, 4]
                now[A] *= min(max(1 + means[1, 4], 0.3), 3.0)
                reached = min(max(now[Z] + step, lowest - spacing), highest + spacing)
                now[Z], now[STEP] = reached, reached - now[Z]
            now[CHI2] = np.nan if guessed else chi2 / max(count - parameters, 1)
            now[LEFT], now[COUNT] = left, count
            if not abs(now[DX] + now[DY]) < np.inf:
                outcome[item] = _LOST
            elif last and max(abs(now[DX]), abs(now[DY])) < _FAR:
                outcome[item] = _DONE
            if last or outcome[item] != _ACTIVE:
                break
        if robust and halves[item] >= 4:
            _count_all(inverses[item], ring, geometry[halves[item] - 4], high, row)
        weight = weights[item]
        for k in range(np.uint64(weight.shape[0])):
            weight[k] = row[_WEIGHT + min(k, high - _UNIT)]


@njit(**_INNER)
def _unit(bits, first, last):
    """Return the power of two in units of which numbers, given as their bits, fit into 16 bits with a sign."""
    largest: Any = np.int32(0)
    for j in range(first, last):
        # numbers without their sign are in the same order as their bits; a maximum of whole numbers is vectorised
        largest = max(largest, np.int32(bits[j] & _NO_SIGN))
    return np.float32(math.ldexp(1.0, max((largest >> 23) - 126 - 15, -126)))


@njit(**_INNER)
def _rounded(number):
    """Round to the nearest whole number that has 16 bits with a sign."""
    return np.int32(min(np.floor(number + _HALF), _MOST))


@njit(**_INNER)
def _tabulate(a, shape, weights, basis, row, bits, used, shades, slopes):
    """Evaluate the model at the nodes, and put two numbers into one, so that half as many are gathered.

    The first of two is the model with its weight, the second its change with height with its slope over the radius.

    The model is without the background. Returns what 1 is of the model, the weight, the change and the slope.
    """
    nodes = np.uint64(shades.shape[0])
    for k in range(shape.shape[1]):
        value, change = a * shape[0, k], a * shape[1, k]
        for p in range(NODES_PER_PX):
            row[_NODE_VALUES + np.uint64(NODES_PER_PX * k + p)] = value
            row[_NODE_CHANGES + np.uint64(NODES_PER_PX * k + p)] = change
    for k in range(weights.shape[0]):
        for p in range(_NODES_PER_RING):
            row[_NODE_WEIGHTS + np.uint64(_NODES_PER_RING * k + p)] = weights[k]
    for j in range(used, nodes):
        row[_NODE_WEIGHTS + j] = _ZERO
    row[_NODE_WEIGHTS + nodes - _UNIT] = _ZERO
    for j in range(nodes):
        v0, v1, v2, v3 = row[j], row[j + _KNOT], row[j + _PAIR * _KNOT], row[j + _TRIPLE * _KNOT]
        b0, b1, b2, b3 = basis[j], basis[_SPAN + j], basis[_PAIR * _SPAN + j], basis[_TRIPLE * _SPAN + j]
        row[_NODE_MODEL + j] = b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
        at = _NODE_CHANGES + j
        row[_NODE_RISES + j] = (
            b0 * row[at] + b1 * row[at + _KNOT] + b2 * row[at + _PAIR * _KNOT] + b3 * row[at + _TRIPLE * _KNOT]
        )
        at = _FOUR * _SPAN + j
        row[_NODE_STEEPS + j] = (
            basis[at] * v0 + basis[at + _SPAN] * v1 + basis[at + _PAIR * _SPAN] * v2 + basis[at + _TRIPLE * _SPAN] * v3
        )
    shade, heavy = _unit(bits, _NODE_MODEL, _NODE_MODEL + nodes), _unit(bits, _NODE_WEIGHTS, _NODE_WEIGHTS + nodes)
    rise, slope = _unit(bits, _NODE_RISES, _NODE_RISES + nodes), _unit(bits, _NODE_STEEPS, _NODE_STEEPS + nodes)
    shades_per, weights_per, rises_per, slopes_per = _ONE / shade, _ONE / heavy, _ONE / rise, _ONE / slope
    for j in range(nodes):
        low, high = _rounded(row[_NODE_MODEL + j] * shades_per), _rounded(row[_NODE_WEIGHTS + j] * weights_per)
        shades[j] = np.int32(high << _BITS) | (low & _LOW_BITS)
        low, high = _rounded(row[_NODE_RISES + j] * rises_per), _rounded(row[_NODE_STEEPS + j] * slopes_per)
        slopes[j] = np.int32(high << _BITS) | (low & _LOW_BITS)
    return shade, heavy, rise, slope


@njit(**_INNER)
def _polish(
    outcome, windows, corners, levels, rim, basis, ramp, shapes, weights, inverses, centres, state, gradient, step,
    edge, off, nodes, shades, slopes, row, bits,
):  # fmt: skip
    """Improve all parameters by one exact look at every pixel of the disc around the centre.

    Rings about half pixels are wrong for beads that are not round; pixels about the centre itself are not.
    """
    n, last = np.uint64(windows.shape[1]), np.float32(NODES_PER_PX * rim - 1)
    for item in range(outcome.shape[0]):
        if outcome[item] != _DONE:
            continue
        now, shape, window, border = state[item], shapes[item], windows[item], np.float32(windows.shape[1] // 2)
        a, b = np.float32(now[A]), np.float32(now[B]) + levels[item]
        rise = np.float32(now[STEP])
        for k in range(shape.shape[1]):
            shape[0, k] += rise * shape[1, k]
        used = np.uint64(NODES_PER_PX * int(now[FREE]))
        shade, heavy, rising, sloping = _tabulate(a, shape, weights[item], basis, row, bits, used, shades, slopes)
        x, y = centres[item, 0] - corners[item, 0], centres[item, 1] - corners[item, 1]
        u, v, start = np.float32(now[U]), np.float32(now[V]), np.float32(-x)
        # the window floats with the centre by parts of a pixel: those at its edge count in part
        whole = now[FREE] > windows.shape[1] // 2
        for j in range(n):
            edge[j] = min(max(border - abs(start + ramp[j]), _ZERO), _ONE) if whole else _ONE
        for i in range(PARAMETERS):
            gradient[i] = 0
        for i in range(windows.shape[1]):
            dy, line = np.float32(i - y), window[i]
            share, tilt = min(max(border - abs(dy), _ZERO), _ONE) if whole else _ONE, _ONE + v * dy
            g_x = g_y = g_u = g_v = g_b = g_z = _ZERO
            # apart from the loop that gathers, so that roots are taken of many numbers at once
            for j in range(n):
                dx = start + ramp[j]
                distance = np.sqrt(dx * dx + dy * dy)
                node = np.int32(min(distance * _FINE + _HALF, last))
                off[j], nodes[j] = sloping * distance * (distance - np.float32(node) * _COARSE), node
            for j in range(n):
                dx, near = start + ramp[j], np.uint32(nodes[j])
                pair, other = shades[near], slopes[near]
                s = np.float32(np.int32(other >> _BITS))
                m = b + shade * np.float32(np.int32(np.int32(pair << _BITS) >> _BITS)) + s * off[j]
                rest = edge[j] * np.float32(np.int32(pair >> _BITS)) * (line[j] - m * (tilt + u * dx))
                steep, bright = rest * s, rest * m
                g_x -= steep * dx
                g_y -= steep
                g_u += bright * dx
                g_v += bright
                g_b += rest
                g_z += rest * np.float32(np.int32(np.int32(other << _BITS) >> _BITS))
            share *= heavy
            gradient[0] += share * sloping * g_x
            gradient[1] += share * g_u
            gradient[2] += share * sloping * g_y * dy
            gradient[3] += share * g_v * dy
            gradient[4] += share * g_b
            gradient[5] += share * (g_v - b * g_b)
            gradient[6] += share * rising * g_z
        for i in range(PARAMETERS):
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
def measure(memory, asked, fits, room, looks, geometry, tables, options):
    """Take windows through all stages, batch after batch: load, locate, fold, search, refine, polish.

    Each argument is a tuple; what they are of is told where they are made.
    """
    narrow, wide, real, layout = memory
    all_frames, all_beads = asked
    outcomes, all_centres, states, covariances, all_counts, all_levels = fits
    windows, pixels, corners, halves, sums, slots, shapes, weights, rows, work, line, steps, means, harmonic = room
    ramp, edge, off, places, shades, slopes, nodes, bits, gradient, step = looks
    radius, rim, bins, shares, cosines, sines, numbers, rings, smoother, basis = geometry
    planes, strides, z_nm, profiles, norms, levels_of, cubics, uneven, noise = tables
    top, exact, folds, turns, near, together = options
    full = np.float32(top)
    for first in range(0, outcomes.shape[0], together):
        last = min(first + together, outcomes.shape[0])
        outcome, frames, beads = outcomes[first:last], all_frames[first:last], all_beads[first:last]
        centres, state, levels = all_centres[first:last], states[first:last], all_levels[first:last]
        inverses, counts = covariances[first:last], all_counts[first:last]
        for item in range(corners.shape[0]):
            corners[item, 0] = corners[item, 1] = -1
        turn, left = 0, 1
        while turn < folds and left > 0:
            for again in range(2 if turn == 0 else 1):
                _load(
                    narrow, wide, real, layout, outcome, frames, full, centres, radius, windows, pixels, corners,
                    counts,
                )  # fmt: skip
                if turn == 0 and again == 0:
                    _locate(outcome, windows, pixels, corners, centres, step, work)
            _fold(
                outcome, beads, strides, windows, pixels, corners, centres, state, halves, levels, bins, shares,
                cosines, sines, rim, sums, slots, line, steps,
            )  # fmt: skip
            _search(outcome, beads, halves, sums, numbers, planes, z_nm, profiles, norms, levels_of, state, work)
            _refine(
                outcome, beads, halves, levels, sums, rings, smoother, planes, z_nm, cubics, uneven, noise, exact,
                turns, near, centres, state, shapes, weights, inverses, means, harmonic, rows,
            )  # fmt: skip
            turn, left = turn + 1, 0
            for item in range(outcome.shape[0]):
                left += outcome[item] == _ACTIVE
        for item in range(outcome.shape[0]):
            if outcome[item] == _ACTIVE:
                outcome[item] = _LOST
        if exact:
            _polish(
                outcome, windows, corners, levels, rim, basis, ramp, shapes, weights, inverses, centres, state,
                gradient, step, edge, off, places, shades, slopes, nodes, bits,
            )  # fmt: skip


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
_MEASURE = (
    types.Tuple((_read(types.uint8, 1), _read(types.uint16, 1), _read(_F4, 1), _I8[::1])),
    types.Tuple((_LIST, _LIST)),
    types.Tuple((_LIST, _CENTRES, _STATE, _F8[:, :, ::1], _PAIRS, _FLOATS)),
    types.Tuple((
        _WINDOWS, _FLOATS, _PAIRS, _LIST, _LINES, _FLOATS, _F4[:, :, ::1], _LINES, _FLOATS, _LINES, _FLOATS, _I8[::1],
        _STATE, _STATE,
    )),
    types.Tuple((_FLOATS, _FLOATS, _FLOATS, _LIST, _LIST, _LIST, _FLOATS, _LIST, _F8[::1], _F8[::1])),
    types.Tuple((
        _I8, _I8, _U4[:, :, ::1], *3 * (_F4[:, :, ::1],), _LINES, _LINES, _F4[:, :, ::1], _FLOATS,
    )),
    types.Tuple((
        _LIST, _LIST, _F8[:, ::1], _F4[:, :, ::1], _LINES, _LINES, _F4[:, :, :, ::1], _F4[:, :, ::1], _LINES,
    )),
    types.Tuple((_F8, types.boolean, _I8, _I8, _F8, _I8)),
)  # fmt: skip
_STAGES = {
    measure: _MEASURE,
    add_rings: (_LIST, _WINDOWS, _PAIRS, _CENTRES, _LIST, _F8[::1], _F4, _F8[:, :, ::1]),
}


def compile_loops(*, tables):
    """Compile what tracking without tables or building them needs, or load it, and allow no other variant."""
    for loop, arguments in _STAGES.items():
        if not loop.signatures and (tables or loop is measure):
            loop.compile(types.void(*arguments))
            loop.disable_compile()
