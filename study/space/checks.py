"""What may stand in a space: texts, values that can be stored, domains whose conditions can hold."""

from __future__ import annotations

from collections.abc import Mapping

from study.errors import StudyError, nearest
from study.space.domain import Choice, Domain, Float, Int, allows, finite, is_value

VALUES = "true or false, a finite number, text, or a tuple of these, nested once at most"


def check_text(where: str, name: str, value: object) -> None:
    """Check that something is a text.

    Raises:
        StudyError: It is none.
    """
    if not isinstance(value, str):
        raise StudyError(f"{where}: {name} is a text, not {value!r}")


def check_mapping(where: str, name: str, value: object, example: str) -> None:
    """Check that something is a mapping from texts.

    Args:
        where: What it belongs to.
        name: What it is called.
        value: What was given.
        example: One that is right.

    Raises:
        StudyError: It is none.
    """
    if not isinstance(value, Mapping):
        raise StudyError(f"{where}: {name} is a mapping, as {example}, not {value!r}")
    if odd := [key for key in value if not isinstance(key, str)]:
        raise StudyError(f"{where}: a name in {name} is a text, as in {example}, not {odd[0]!r}")


def check_changes(where: str, changes: Mapping[str, object]) -> None:
    """Check that values that a variant changes can be stored.

    Raises:
        StudyError: One cannot.
    """
    for name, value in changes.items():
        if not is_value(value):
            raise StudyError(f"{where}: a value is {VALUES}; {name!r} is {value!r}")


def check_number(where: str, name: str, value: object, *, whole: bool = False) -> None:
    """Check that something is a finite number.

    Raises:
        StudyError: It is none.
    """
    if type(value) not in ((int,) if whole else (int, float)) or not finite(value):  # type: ignore[arg-type]
        raise StudyError(f"{where}: {name} is a {'whole' if whole else 'finite'} number, not {value!r}")


def check_module(where: str, model: object) -> None:
    """Check that a space's model is the name of a module that workers can import.

    Raises:
        StudyError: It is not.
    """
    if not isinstance(model, str) or model == "__main__":
        given = getattr(model, "__name__", repr(model))
        raise StudyError(
            f"{where}: model is the name of a module, not {given}; what a notebook or a "
            "script defines no worker can import: write it to a file (a cell that begins with %%writefile "
            "my_model.py does), and give model='my_model'"
        )


def check_claims(where: str, claims: object) -> None:
    """Check that a module of claims, if there is one, is named as such.

    Raises:
        StudyError: It is not.
    """
    if claims is not None and not (isinstance(claims, str) and all(map(str.isidentifier, claims.split(".")))):
        raise StudyError(f"{where}: claims is the name of a module such as my_package.my_claims, not {claims!r}")


def check_domains(where: str, domains: Mapping[str, Domain]) -> None:
    """Check domains, and that each depends on values of those before it.

    Raises:
        StudyError: One has a fault, or a condition that cannot hold.
    """
    check_mapping(where, "domains", domains, "{'width': Int(default=32, low=16, high=64)}")
    earlier: list[str] = []
    for name, domain in domains.items():
        _check_domain(f"{where}, domain {name!r}", domain)
        for other, values in domain.when.items():
            if other not in earlier:
                raise StudyError(
                    f"{where}: {name!r} depends on {other!r}, which is not a domain before it{nearest(other, earlier)}"
                )
            impossible = [value for value in values if not allows(domains[other], value)]
            if impossible:
                raise StudyError(f"{where}: {name!r} depends on {other}={impossible[0]!r}, which {other!r} never has")
        earlier.append(name)


def _check_domain(where: str, domain: Domain) -> None:
    if not isinstance(domain, Float | Int | Choice):
        raise StudyError(f"{where}: a domain is a Float, an Int or a Choice, not {domain!r}")
    try:
        domain.check()
    except StudyError as error:
        raise StudyError(f"{where}: {error}") from error
    if not isinstance(domain, Choice) and type(domain.log) is not bool:
        raise StudyError(f"{where}: log is true or false, not {domain.log!r}")
    check_mapping(where, "when", domain.when, "{'optimizer': ('sgd',)}")
    for other, values in domain.when.items():
        if not isinstance(values, tuple) or not values:
            raise StudyError(
                f"{where}: when names the values of each parameter, as {{'optimizer': ('sgd',)}} with its comma; "
                f"{other!r} has {values!r}"
            )
