"""Compiled loops of the simulation: random numbers, motion of the tethers, rings, and noise.

All of them live in this file because a cached binary does not notice a change in another one. Random numbers are
a function of a key and a counter, so a frame is the same whatever was drawn before it. Lengths are in nm or px as
the names say. Integers are cast wherever they meet: a signed one next to an unsigned 64-bit one becomes a float.
"""

# pyright: reportMissingParameterType=false
# The types of compiled functions are their signatures, at the end.

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, types

_OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy"}
_FAST = {**_OPTIONS, "fastmath": True}
_INNER = {**_OPTIONS, "cache": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_FAST_INNER = {**_INNER, "fastmath": True}

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_DRAWS_PER_BEAD = np.uint64(1 << 32)

_TO_STEP_NM, _NEAR_STEP_NM, _STEP_PER_GAP, _LATERAL_STEP_NM = 15.0, 3.0, 0.3, 60.0
_STEP_PER_RELAXATION = 0.1
_GAUSSIAN = 0.01
"""A chain shorter than this [1 is its contour] swings as much whether its ends are held or not."""
_LONGEST = 0.995
"""A chain is reflected here [1 is its contour]: the force of a worm-like chain grows without limit."""
_EACH_SECOND_BYTE = np.uint32(0x00FF00FF)
_BYTES_MEAN, _PER_BYTES_SIGMA = np.float32(510.0), np.float32(1 / math.sqrt(65535 / 3))
_NORMAL_1, _NORMAL_3, _NORMAL_5 = np.float32(0.971508508), np.float32(8.80751940e-4), np.float32(2.33169161e-3)


@njit(**_INNER)
def _mixed(key, counter):
    """Return 64 random bits for a key and a counter (the finaliser of SplitMix64)."""
    bits = key + counter * _GOLDEN
    bits = (bits ^ (bits >> _S30)) * _MIX_1
    bits = (bits ^ (bits >> _S27)) * _MIX_2
    return bits ^ (bits >> _S31)


@njit(**_INNER)
def _uniform(key, counter):
    """Return a number between 0 and 1, both excluded."""
    return (np.float64(_mixed(key, counter) >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


@njit(**_INNER)
def _normal(key, counter):
    """Return a standard normal number (Box and Muller)."""
    first, second = _uniform(key, _TWO * counter), _uniform(key, _TWO * counter + _ONE)
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


@njit(**_INNER)
def _chain_force(relative, wlc):
    """Force of a worm-like chain in units of kT over persistence length."""
    total = 0.0
    for i in range(wlc.shape[0] - 1, -1, -1):
        total = (total + wlc[i]) * relative
    return 0.25 / (1.0 - relative) ** 2 - 0.25 + relative + total * relative


@njit(**_INNER)
def _radial_force(extension_nm, contour_nm, kt_over_persistence_pn, kt, wlc):
    """Force that a chain held at both ends pulls with, if one under constant force is as long as known [pN].

    Held ends neither swing nor come and go. The weight of an extension is exp(-work / kT) times force over extension
    and times the root of the stiffness; with it a chain under constant force is as long as known, but for second order
    in kT over force and extension.
    """
    relative = min(extension_nm / contour_nm, _LONGEST)
    reduced = _chain_force(relative, wlc)
    if relative < _GAUSSIAN:
        return kt_over_persistence_pn * reduced
    slope, bend, power = 0.5 / (1.0 - relative) ** 3 + 1.0, 1.5 / (1.0 - relative) ** 4, 1.0
    for i in range(wlc.shape[0]):
        bend += (i + 1) * (i + 2) * wlc[i] * power
        power *= relative
        slope += (i + 2) * wlc[i] * power
    swing = slope / reduced - 1.0 / relative + 0.5 * bend / slope
    return kt_over_persistence_pn * reduced - kt / contour_nm * swing


@njit(**_INNER)
def _wander(key, counter, place, mean, duration_s, until_nm, near_nm, force_pn, chain, wlc, field):
    """Move one tether for a while in small steps, with the force of the chain in space and a wall that reflects.

    The bead rolls about the field, and the chain pulls at where it is attached. The drift that goes with a mobility
    that depends on the height keeps the stationary state Boltzmann's. Ends early at the height `until_nm`. Returns the
    counter of the next draw and the time spent below `near_nm`; `mean` becomes the average over the duration.
    """
    contour_nm, kt_over_persistence_pn, kt, radius_nm, drag = chain[0], chain[1], chain[2], chain[3], chain[4]
    turning_drag, lever_nm, offset_nm = chain[5], chain[6], chain[7]
    bulk, cosine, sine = kt / drag, field[0], field[1]
    mean[0] = mean[1] = mean[2] = 0.0
    x, y = cosine * place[0] + sine * place[1], cosine * place[1] - sine * place[0]
    z, roll = place[2], place[3]
    left_s, near_s = duration_s, 0.0
    while left_s > 0.0 and z < until_nm:
        q = radius_nm / (z + radius_nm)
        q2, q3, q4 = q * q, q * q * q, q * q * q * q
        along = bulk * (1.0 - 9 / 16 * q + 1 / 8 * q3 - 45 / 256 * q4 - 1 / 16 * q4 * q)
        q11 = q4 * q4 * q3
        up = bulk * max(1.0 - 9 / 8 * q + 1 / 2 * q3 - 0.57 * q4 + 0.2 * q4 * q + 7 / 200 * q11 - 1 / 25 * q11 * q, 0.0)
        slope = -9 / 8 + 3 / 2 * q2 - 2.28 * q3 + q4 + 77 / 200 * q11 / q - 12 / 25 * q11
        up_slope = -bulk * slope * q2 / radius_nm
        turning = kt / (turning_drag * (1.0 + 5 / 16 * q3))
        down, aside = lever_nm * math.cos(roll), lever_nm * math.sin(roll)
        end_x, end_y, end_z = x - offset_nm, y - aside, z + radius_nm - down
        extension_nm = math.sqrt(end_x * end_x + end_y * end_y + end_z * end_z)
        relative = min(extension_nm / contour_nm, _LONGEST)
        chain_pn = _radial_force(extension_nm, contour_nm, kt_over_persistence_pn, kt, wlc)
        stiffness = kt_over_persistence_pn / contour_nm * (0.5 / (1.0 - relative) ** 3 + 1.0)
        pull = chain_pn / extension_nm if extension_nm > 0.0 else stiffness
        upward = (force_pn - pull * end_z) * up / kt + up_slope
        step_nm = min(_TO_STEP_NM, _NEAR_STEP_NM + _STEP_PER_GAP * z)
        rolling = turning * lever_nm * lever_nm
        step_s = min(left_s, _STEP_PER_RELAXATION * kt / ((along + rolling) * stiffness))
        step_s = min(step_s, step_nm / (abs(upward) + 1e-30))
        step_s = min(step_s, step_nm * step_nm / (2.0 * up + 1e-30))
        step_s = min(step_s, _LATERAL_STEP_NM * _LATERAL_STEP_NM / (2.0 * max(along, rolling)))
        wide = math.sqrt(2.0 * along * step_s)
        mean[0] += 0.5 * x * step_s
        mean[1] += 0.5 * y * step_s
        mean[2] += 0.5 * z * step_s
        near_s += 0.5 * step_s if z < near_nm else 0.0
        x += -pull * end_x * along / kt * step_s + wide * _normal(key, counter)
        y += -pull * end_y * along / kt * step_s + wide * _normal(key, counter + _ONE)
        z = abs(z + upward * step_s + math.sqrt(2.0 * up * step_s) * _normal(key, counter + _TWO))
        torque = pull * (end_y * down - end_z * aside)
        roll += torque * turning / kt * step_s + math.sqrt(2.0 * turning * step_s) * _normal(key, counter + _THREE)
        counter += _FOUR
        down, aside = lever_nm * math.cos(roll), lever_nm * math.sin(roll)
        end_x, end_y, end_z = x - offset_nm, y - aside, z + radius_nm - down
        reach = math.sqrt(end_x * end_x + end_y * end_y + end_z * end_z) / contour_nm
        if reach > _LONGEST:
            back = 1.0 - max(2.0 * _LONGEST - reach, 0.0) / reach
            x, y, z = x - back * end_x, y - back * end_y, abs(z - back * end_z)
        mean[0] += 0.5 * x * step_s
        mean[1] += 0.5 * y * step_s
        mean[2] += 0.5 * z * step_s
        near_s += 0.5 * step_s if z < near_nm else 0.0
        left_s -= step_s
    place[0], place[1] = cosine * x - sine * y, sine * x + cosine * y
    place[2], place[3] = z, roll
    mean_x, mean_y = cosine * mean[0] - sine * mean[1], sine * mean[0] + cosine * mean[1]
    mean[0], mean[1] = mean_x, mean_y
    for axis in range(3):
        mean[axis] = mean[axis] / duration_s if duration_s > 0.0 else place[axis]
    return counter, near_s


@njit(**_INNER)
def _settle(key, counter, place, mean, coefficients, rolling, field):
    """Move one tether by exact Ornstein-Uhlenbeck motion, rolling about the field across it."""
    cosine, sine = field[0], field[1]
    x, y = cosine * place[0] + sine * place[1], cosine * place[1] - sine * place[0]
    slow = rolling[0] * y + rolling[1] * place[3]
    state, seen = (x, slow, place[2], y - slow), (0.0, 0.0, 0.0, 0.0)
    for axis in range(4):  # each turn moves the first of the four to the end
        c = coefficients[axis]
        away = (state[0] - c[0]) * c[1] + c[2] * _normal(key, counter)
        drawn = _normal(key, counter + _ONE)
        average = c[0] + away * c[5] + c[6] * drawn + c[7] * _normal(key, counter + _TWO)
        state = (state[1], state[2], state[3], c[0] + away * c[3] + c[4] * drawn)
        seen = (seen[1], seen[2], seen[3], average)
        counter += _THREE
    x, y = state[0], state[1] + state[3]
    place[0], place[1], place[2] = cosine * x - sine * y, sine * x + cosine * y, state[2]
    place[3] = rolling[2] * state[1] + rolling[3] * state[3]
    x, y = seen[0], seen[1] + seen[3]
    mean[0], mean[1], mean[2] = cosine * x - sine * y, sine * x + cosine * y, seen[2]


@njit(**_OPTIONS)
def move_tethers(
    key,
    places,
    means,
    near_s,
    dead_s,
    exposure_s,
    forces,
    coefficients,
    rolling,
    chains,
    wlc,
    low_pn,
    low_nm,
    near_nm,
    held,
    field,
):
    """Move all tethers through the dead time and the exposure of one frame.

    A tether under force does exact Ornstein-Uhlenbeck motion; one under little force, or near the wall, wanders.

    Args:
        key: random key of the frame.
        places: x, y, z relative to the anchor [nm] and roll about the field [rad], shape (tethers, 4); end of the
            exposure on return.
        means: average over the exposure [nm], shape (tethers, 3), is filled.
        near_s: time of both that a tether is below `near_nm` [s], shape (tethers,), is filled; of one that does not
            wander, by its height at the end; 0 for one that is held.
        dead_s: time since the last exposure ended [s].
        exposure_s: duration of the exposure [s].
        forces: net force, up is positive [pN], shape (tethers,).
        coefficients: along the field, slowly across it, up, and fast across it; shape (tethers, 4, 8), see
            `beadline.simulation.brownian`.
        rolling: how the motion across the field makes the slow part [1, nm/rad], and how the slow and the fast part
            make the roll [rad/nm], shape (tethers, 4).
        chains: contour [nm], kT over persistence [pN], kT [pN nm], radius [nm], bulk drag [pN s/nm], bulk drag of
            turning [pN nm s], distance of the attachment from the axis of rolling [nm] and along it from the centre
            [nm], per tether.
        wlc: coefficients of the chain.
        low_pn: force below which a tether wanders [pN].
        low_nm: below this height a tether wanders [nm], shape (tethers,).
        near_nm: height below which it is near the surface [nm].
        held: whether something holds the bead where it is, shape (tethers,).
        field: cosine and sine of the direction of the field on the sensor.
    """
    for i in range(places.shape[0]):
        near_s[i] = 0.0
        if held[i]:
            for axis in range(3):
                means[i, axis] = places[i, axis]
            continue
        counter = np.uint64(i) * _DRAWS_PER_BEAD
        loose, near_dead_s = forces[i] < low_pn, 0.0
        if loose or places[i, 2] < low_nm[i]:
            # one that is pulled up leaves the wall at once: small steps through the rest of a long pause take seconds
            until_nm = math.inf if loose else low_nm[i]
            counter, near_dead_s = _wander(
                key, counter, places[i], means[i], dead_s, until_nm, near_nm, forces[i], chains[i], wlc, field
            )
        if loose or places[i, 2] < low_nm[i]:
            _, near_shown_s = _wander(
                key, counter, places[i], means[i], exposure_s, math.inf, near_nm, forces[i], chains[i], wlc, field
            )
            near_s[i] = near_dead_s + near_shown_s
        else:
            _settle(key, counter, places[i], means[i], coefficients[i], rolling[i], field)
            near_s[i] = near_dead_s + (exposure_s if places[i, 2] < near_nm else 0.0)


@njit(**_FAST_INNER)
def _ring_profile(profile, place, table):
    """Interpolate the rings of a bead between planes; tell whether the table reaches as far."""
    plane = np.int64(math.floor(place))
    if plane < 1 or plane + 2 >= table.shape[0]:
        return False
    f = place - np.float32(plane)
    f2, f3 = f * f, f * f * f
    # Catmull and Rom: passes through the planes, with a continuous slope
    w0 = np.float32(0.5) * (-f3 + np.float32(2) * f2 - f)
    w1 = np.float32(0.5) * (np.float32(3) * f3 - np.float32(5) * f2 + np.float32(2))
    w2 = np.float32(0.5) * (-np.float32(3) * f3 + np.float32(4) * f2 + f)
    w3 = np.float32(0.5) * (f3 - f2)
    for k in range(profile.shape[0]):
        profile[k] = (
            w0 * table[plane - 1, k] + w1 * table[plane, k] + w2 * table[plane + 1, k] + w3 * table[plane + 2, k]
        )
    return True


@njit(**_FAST_INNER)
def _ring_places(places, parts, from_centre, dy, samples_per_px, last):
    """Find where pixels of a row, the first so far from the centre [px], are in a profile; mark the end."""
    for i in range(parts.shape[0]):
        dx = np.float32(i) + from_centre
        place = math.sqrt(dx * dx + dy * dy) * samples_per_px
        at = min(np.int32(place), last)
        places[i], parts[i] = at, min(place - np.float32(at), np.float32(1))
    places[parts.shape[0]] = -1


@njit(**_FAST_INNER)
def _add_ring_row(line, places, parts, profile):
    """Add what is in a profile: one by one, which is faster than to gather several, up to the mark at the end."""
    i, at = np.uint64(0), places[0]
    while at >= 0:
        inner, outer = profile[np.uint64(at)], profile[np.uint64(at) + _ONE]
        line[i] += inner + parts[i] * (outer - inner)
        i += _ONE
        at = places[i]


@njit(**_FAST)
def add_rings(signal, first_row, beads, table, samples_per_px, radius_px, profile):
    """Add the relative intensity of each bead, less 1, to some rows of a picture.

    Args:
        signal: relative intensity, 0 is the background, shape (rows, columns).
        first_row: number of its first row in the picture.
        beads: x [px], y [px] and place in the table [planes] of each bead, shape (beads, 3).
        table: relative intensity less 1, shape (planes, radii), 0 at the last radii.
        samples_per_px: radii per pixel.
        radius_px: of the disc a bead is drawn in [px].
        profile: work space, shape (radii,).
    """
    last = np.int32(table.shape[1] - 2)
    places = np.empty(np.int64(2 * radius_px) + 3, np.int32)
    parts = np.empty(places.shape[0], np.float32)
    rows, columns = signal.shape
    for b in range(beads.shape[0]):
        x, y = beads[b, 0], beads[b, 1] - np.float32(first_row)
        top = max(np.int64(math.ceil(y - radius_px)), 0)
        bottom = min(np.int64(math.floor(y + radius_px)) + 1, rows)
        if top >= bottom or not _ring_profile(profile, beads[b, 2], table):
            continue
        for row in range(top, bottom):
            dy = np.float32(row) - y
            half = math.sqrt(max(radius_px * radius_px - dy * dy, np.float32(0)))
            left = max(np.int64(math.ceil(x - half)), 0)
            right = min(np.int64(math.floor(x + half)) + 1, columns)
            if left < right:
                _ring_places(places, parts[: right - left], np.float32(left) - x, dy, samples_per_px, last)
                _add_ring_row(signal[row, left:right], places, parts, profile)


@njit(**_FAST_INNER)
def _expose_row(out, line, background_adu, adu_per_electron, read_variance, top_adu, first, key_1, key_2):
    """Turn a row, whose first pixel has a number, into counts: see `expose`."""
    for column in range(out.shape[0]):
        bits = np.uint32(np.uint32(first + np.uint32(column)) * np.uint32(0x9E3779B1)) ^ key_1
        bits ^= bits >> np.uint32(16)
        bits = np.uint32(bits * np.uint32(0x21F0AAAD))
        bits = np.uint32(bits + key_2)
        bits ^= bits >> np.uint32(15)
        bits = np.uint32(bits * np.uint32(0x735A2D97))
        bits ^= bits >> np.uint32(15)
        pairs = np.uint32((bits & _EACH_SECOND_BYTE) + ((bits >> np.uint32(8)) & _EACH_SECOND_BYTE))
        four = np.int32((pairs & np.uint32(0xFFFF)) + (pairs >> np.uint32(16)))
        sigmas = (np.float32(four) - _BYTES_MEAN) * _PER_BYTES_SIGMA
        square = sigmas * sigmas
        normal = sigmas * (_NORMAL_1 + square * (_NORMAL_3 + square * _NORMAL_5))
        mean = background_adu * (np.float32(1) + line[column])
        noise = math.sqrt(max(mean, np.float32(0)) * adu_per_electron + read_variance)
        counts = mean + noise * normal + np.float32(0.5)
        # by way of a whole number of 32 bit: processors turn several at once into these only
        out[column] = np.int32(max(min(counts, top_adu), np.float32(0)))


@njit(**_FAST)
def expose(into, first_row, signal, background_adu, adu_per_electron, read_variance, top_adu, key):
    """Turn relative intensities into counts, with fresh noise in every pixel.

    A normal number is made of the sum of four random bytes, which is several times as fast as to look it up: the
    polynomial gives it the second, fourth and sixth moment of a normal distribution, whose shares it meets within
    0.0013; none is beyond 4.5 standard deviations.

    Args:
        into: counts, u8 or u16, shape (rows, columns); those over the range stay at its top, as in a camera.
        first_row: number of its first row in the picture.
        signal: relative intensity, 0 is the background, same shape or with more rows.
        background_adu: intensity of the background [ADU].
        adu_per_electron: the variance of the shot noise is this times the intensity [ADU].
        read_variance: variance of the read noise [ADU²].
        top_adu: the range: of the converter, or of what a pixel holds [ADU].
        key: random key of the frame.
    """
    key_1, key_2 = np.uint32(key), np.uint32(key >> np.uint64(32))
    for row in range(into.shape[0]):
        first = np.uint32(np.uint32(first_row + row) * np.uint32(into.shape[1]))
        _expose_row(
            into[row], signal[row], background_adu, adu_per_electron, read_variance, top_adu, first, key_1, key_2
        )


@njit(**_FAST)
def draw(
    into,
    band,
    beads,
    table,
    other_beads,
    other_table,
    samples_per_px,
    radius_px,
    profile,
    background_adu,
    adu_per_electron,
    read_variance,
    top_adu,
    key,
):
    """Draw a picture of beads of two kinds, some rows at a time, which stay in the processor's cache.

    Args:
        into: counts, u8 or u16, shape (rows, columns).
        band: work space, shape (rows at a time, columns).
        beads: of one kind, see `add_rings`.
        table: their rings.
        other_beads: of the other kind.
        other_table: their rings.
        samples_per_px: radii per pixel of both tables.
        radius_px: of the disc a bead is drawn in [px].
        profile: work space, shape (radii,).
        background_adu: this and what follows as for `expose`.
        adu_per_electron: as there.
        read_variance: as there.
        top_adu: as there.
        key: as there.
    """
    for row in range(0, into.shape[0], band.shape[0]):
        band[:] = np.float32(0)
        add_rings(band, row, beads, table, samples_per_px, radius_px, profile)
        add_rings(band, row, other_beads, other_table, samples_per_px, radius_px, profile)
        out = into[row : row + band.shape[0]]
        expose(out, row, band, background_adu, adu_per_electron, read_variance, top_adu, key)


_f4, _f8, _u8 = types.float32, types.float64, types.uint64
_F4, _EXPOSURE = _f4[:, ::1], (_f4, _f4, _f4, _f4, _u8)
_SIGNATURES: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (
        move_tethers,
        (
            *(_u8, _f8[:, ::1], _f8[:, ::1], _f8[::1], _f8, _f8, _f8[::1], _f8[:, :, ::1], _f8[:, ::1], _f8[:, ::1]),
            *(_f8[::1], _f8, _f8[::1], _f8, types.boolean[::1], _f8[::1]),
        ),
    ),
    (add_rings, (_F4, types.int64, _F4, _F4, _f4, _f4, _f4[::1])),
)


def compile_kernels(*, bytes_per_pixel: Sequence[int] = (1, 2)) -> None:
    """Compile all loops, or load them from the cache; those that count light only for the pixels that there are."""
    for kernel, signature in _SIGNATURES:
        kernel.compile(signature)
    for size in bytes_per_pixel:
        pixels = {1: types.uint8, 2: types.uint16}[size][:, ::1]
        expose.compile((pixels, types.int64, _F4, *_EXPOSURE))
        draw.compile((pixels, _F4, _F4, _F4, _F4, _F4, _f4, _f4, _f4[::1], *_EXPOSURE))
