"""What a field is, for who asks: its type, unit, bounds, default and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from annotated_types import Ge, Gt, Le, Lt

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.emit import flow, terse
from offtake.files.shape import FieldShape, Shape, fields_of, first_sentence
from offtake.files.wording import unknown_hint
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.value import Bound, Value

ROOTS: dict[str, type[Value]] = {"portfolio": Portfolio, "plan": Plan}
"""What a path may begin with; without either it is a field of a portfolio."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a portfolio or a plan, in words."""

    path: str
    type: str
    """What may stand there: `number`, `list of text`, `2026Q3 → number`."""
    unit: str
    """What a number is measured in, such as `MW IT`; empty where there is none."""
    bounds: str
    """`at least 0, at most 1`; empty where there are none."""
    default: str
    """As a file would say it; empty for a required field, or one that may be left out."""
    required: bool
    description: str
    choices: tuple[str, ...] = ()
    """The words it knows, where it knows only some."""
    fields: tuple[str, ...] = ()
    """The fields below it, where there are some."""


def explain(path: str) -> FieldInfo:
    """Tell what a field is.

        explain("offers.power_it_mw")     explain("offers.narvik-b.power_it_mw")

    Names and indexes of entries may stand in the path and mean nothing. A path that
    begins with `plan.` is a field of a saved plan.

    Raises:
        OfftakeError: there is no such field (`OTK-F042`).
    """
    steps = [step for step in path.split(".") if step]
    root: type[Value] = Portfolio
    if steps and steps[0] in ROOTS:
        root = ROOTS[steps.pop(0)]
    if not steps:
        known = tuple(fields_of(root))
        return FieldInfo(path, root.__name__, "", "", "", True, first_sentence(root), (), known)
    field, rest = _field(root, steps[0], path), steps[1:]
    shape = field.shape
    while rest:
        field, shape, rest = _below(field, shape, rest, path)
    return described(field, shape, path)


def described(field: FieldShape, shape: Shape, path: str) -> FieldInfo:
    """Put a field in words."""
    leaf = shape
    while leaf.item is not None:
        leaf = leaf.item
    entry = shape.entry
    return FieldInfo(
        path=path,
        type=shape.words,
        unit=leaf.unit.label if leaf.unit is not None else "",
        bounds=", ".join(_bound(bound) for bound in leaf.bounds),
        default=_default(field),
        required=field.required,
        description=field.about,
        choices=leaf.choices,
        fields=tuple(fields_of(entry)) if entry is not None else (),
    )


def _field(made: type[Value], name: str, path: str) -> FieldShape:
    field = fields_of(made).get(name)
    if field is None:
        hint = unknown_hint(name, made)
        raise _unknown(name, path, hint)
    return field


def _below(
    field: FieldShape, shape: Shape, rest: list[str], path: str
) -> tuple[FieldShape, Shape, list[str]]:
    """Take one step, or skip the name of an entry of a list."""
    step, after = rest[0], rest[1:]
    if shape.kind == "entry" and shape.entry is not None:
        inner = _field(shape.entry, step, path)
        return inner, inner.shape, after
    if shape.kind == "map" and shape.item is not None:
        return field, shape.item, after
    if shape.kind == "list" and shape.item is not None:
        entry = shape.item.entry
        if entry is not None and step in fields_of(entry):
            inner = fields_of(entry)[step]
            return inner, inner.shape, after
        if entry is not None and not after:
            raise _unknown(step, path, unknown_hint(step, entry))
        return field, shape.item, after
    raise _unknown(step, path, f"`{field.name}` holds {shape.words}, which has no fields")


def _unknown(name: str, path: str, hint: str | None) -> OfftakeError:
    fault = Fault(
        code="OTK-F042", what=f"there is no field '{name}'", where=Where(path=path), hint=hint
    )
    return OfftakeError(fault)


def _bound(bound: Bound) -> str:
    match bound:
        case Ge(ge):
            return f"at least {ge}"
        case Gt(gt):
            return f"above {gt}"
        case Le(le):
            return f"at most {le}"
        case Lt(lt):
            return f"below {lt}"


def _default(field: FieldShape) -> str:
    if field.required or field.default is None or field.default == "":
        return ""
    if isinstance(field.default, bool | int | float | str | Decimal):
        return flow(terse(field.default))
    return flow(terse(field.default)) if terse(field.default) else ""
