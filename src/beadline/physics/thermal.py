"""Temperature: thermal energy and the viscosity of water."""

BOLTZMANN_PN_NM_PER_K = 0.01380649


def thermal_energy_pn_nm(temperature_k: float = 298.15) -> float:
    """Return k T [pN nm].

    Raises:
        ValueError: not a temperature of liquid water.
    """
    if not 250 < temperature_k < 380:
        raise ValueError(f"A temperature of {temperature_k:g} K is not one of liquid water: 250 to 380 K")
    return BOLTZMANN_PN_NM_PER_K * temperature_k


def water_viscosity_pn_s_per_nm2(temperature_k: float = 298.15) -> float:
    """Return the viscosity of water [pN s/nm²]; 1e-9 of them are 1 mPa s.

    Source:
        Vogel equation: 2.414e-5 Pa s x 10^(247.8 K / (T - 140 K)).
    """
    return 2.414e-5 * 10 ** (247.8 / (temperature_k - 140.0)) * 1e-6
