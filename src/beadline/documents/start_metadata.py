"""What a start document may say of sample, buffer, bead, operator, purpose and project: optional, but typed."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Sample(_Described):
    """The molecules under study.

    Attributes:
        name: for people.
        molecule: what the molecule is, for example "4 kbp dsDNA, nicked".
        length_bp: base pairs.
        contour_length_nm: contour length [nm].
        handles: how it is attached, for example "digoxigenin, biotin".
        flow_cell: which one.
        label: of the tube or slide.
        notes: anything else.
    """

    name: Text | None = None
    molecule: Text | None = None
    length_bp: Annotated[int, Field(gt=0)] | None = None
    contour_length_nm: Positive | None = None
    handles: Text | None = None
    flow_cell: Text | None = None
    label: Text | None = None
    notes: str | None = None


class Buffer(_Described):
    """The liquid in the flow cell.

    Attributes:
        name: for people.
        ph: pH.
        salts_mm: concentration of each salt by name [mM].
        additives: what else is in it.
        temperature_k: temperature [K].
        viscosity_pa_s: viscosity [Pa s].
        notes: anything else.
    """

    name: Text | None = None
    ph: Annotated[float, Field(ge=0, le=14)] | None = None
    salts_mm: dict[str, NotNegative] | None = None
    additives: Text | None = None
    temperature_k: Positive | None = None
    viscosity_pa_s: Positive | None = None
    notes: str | None = None


class BeadType(_Described):
    """The magnetic beads.

    Attributes:
        name: as the maker calls them, for example "MyOne".
        radius_nm: radius [nm].
        density_g_per_cm3: density [g/cm³]; with the radius it tells the weight, which calibrations of the magnets need.
        lot: of the maker.
        coating: for example "streptavidin".
        notes: anything else.
    """

    name: Text | None = None
    radius_nm: Positive | None = None
    density_g_per_cm3: Positive | None = None
    lot: Text | None = None
    coating: Text | None = None
    notes: str | None = None


def _form(given: Any) -> str:
    return "fields" if isinstance(given, dict | BaseModel) else "name"


_Name = Annotated[Text, Tag("name")]
_EitherForm = Discriminator(_form)


class StartMetadata(BaseModel):
    """What is checked of a start document; other keys are free."""

    model_config = ConfigDict(extra="allow", strict=True)

    sample: Annotated[Annotated[Sample, Tag("fields")] | _Name, _EitherForm] | None = None
    buffer: Annotated[Annotated[Buffer, Tag("fields")] | _Name, _EitherForm] | None = None
    bead: Annotated[Annotated[BeadType, Tag("fields")] | _Name, _EitherForm] | None = None
    operator: Text | None = None
    purpose: Text | None = None
    project: Text | None = None


def check_start_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a start document says of the experiment, and return it unchanged.

    Sample, buffer and bead are a name or a mapping of the fields of `Sample`, `Buffer` and `BeadType`.

    Raises:
        ValueError: every fault at once, by key.
    """
    given = dict(metadata)
    try:
        StartMetadata.model_validate(given)
    except ValidationError as error:
        faults = "; ".join(_sentence(fault) for fault in error.errors())
        raise ValueError(f"Cannot start a run with this metadata: {faults}") from error
    return given


def _sentence(fault: Any) -> str:
    keys = [str(key) for place, key in enumerate(fault["loc"]) if place != 1 or key not in {"fields", "name"}]
    if fault["type"] == "extra_forbidden":
        return f"{'.'.join(keys)} is not known: {keys[0]} has {', '.join(_FIELDS[keys[0]])}"
    return f"{'.'.join(keys)} is {fault['input']!r}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"


_FIELDS = {"sample": Sample.model_fields, "buffer": Buffer.model_fields, "bead": BeadType.model_fields}
