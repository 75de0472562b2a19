"""What is wrong with a value in a file that somebody wrote by hand, in words that say what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from msgspec.structs import fields

if TYPE_CHECKING:
    from msgspec import Struct, ValidationError

_NO_CHOICE, _NO_FIELD = "Invalid enum value ", "Object contains unknown field "


def complaint(error: ValidationError, kind: type[Struct]) -> str:
    """What msgspec says of a value that is no `kind`, the field first: `page is never, auto or always, not 'sometimes'`."""
    said, _, place = str(error).partition(" - at `$")
    field = place.rstrip("`").lstrip(".")
    types = {known.encode_name: known.type for known in fields(kind)}
    if said.startswith(_NO_FIELD) and not field:
        return f"there is no field {said.removeprefix(_NO_FIELD)}; there are {', '.join(types)}"
    if said.startswith(_NO_CHOICE) and (choices := _choices(types.get(field))):
        *others, last = choices
        right = f"{', '.join(others)} or {last}" if others else last
        return f"{field} is {right}, not {said.removeprefix(_NO_CHOICE)}"
    return f"{field}: {said}" if field else said


def _choices(annotation: Any) -> tuple[str, ...]:
    """The values of a Literal, or of one that may be null."""
    literal = next((one for one in (annotation, *get_args(annotation)) if get_origin(one) is Literal), None)
    return tuple(map(str, get_args(literal)))
