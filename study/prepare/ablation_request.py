"""The ablation of a space that a command asked for, and what no ablation could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from study.ablation import FULL, Ablation, Design, find_variants, parts, refuse_options, refuse_retuning
from study.ablation.fitting import misfit
from study.design import REPLICATES
from study.errors import StudyError, nearest
from study.plan import Plan
from study.prepare.request import Request, options_given
from study.space import SearchSpace


def asked_ablation(space: SearchSpace, request: Request) -> Ablation:
    """Return the ablation of a space that was asked for.

    Raises:
        StudyError: A variant or design does not exist, or options do not go together.
        ValueError: The request is for no ablation.
    """
    asked = request.ablation
    if asked is None:
        raise ValueError("no ablation was asked for")
    designs = [design.value for design in Design]
    if asked.design not in designs:
        hint = nearest(asked.design, designs)
        raise StudyError(f"--design is one of {', '.join(designs)}, not {asked.design!r}{hint}")
    design = Design(asked.design)
    if asked.retune:
        refuse_retuning(design)
    elif asked.searches is not None:
        raise StudyError(f"--searches {asked.searches} counts the searches of --retune, which was not given")
    if asked.variants and design in (Design.FACTORIAL, Design.PATH):
        instead = "--factors names" if design is Design.FACTORIAL else "the search finds"
        raise StudyError(f"--variants has no effect with --design {design.value}: {instead} what is combined")
    if not asked.needs_search:
        for name in options_given(request, lambda option: option.search):
            raise StudyError(
                f"{name} has no effect on an ablation without a search: needs --retune, --from best or --design path"
            )
    compares = design in (Design.ONE_AT_A_TIME, Design.LEAVE_ONE_OUT)
    names = asked.variants or (tuple(variant.name for variant in space.variants) if compares else ())
    if compares and not names:
        raise StudyError(f"space {space.name!r} declares no variant to ablate")
    variants = find_variants(names, space, "--variants")
    if asked.variants and design is Design.LEAVE_ONE_OUT:
        _refuse_no_parts(space, variants)
    ablation = Ablation(
        design=design,
        reference=asked.reference,
        variants=variants,
        factors=find_variants(asked.factors, space, "--factors"),
        replicates=REPLICATES if asked.replicates is None else asked.replicates,
        retuned=variants if asked.retune else (),
        searches=1 if asked.searches is None else asked.searches,
    )
    refuse_options(ablation)
    return ablation


def fitted(ablation: Ablation, plan: Plan, request: Request) -> tuple[Ablation, list[str]]:
    """Return an ablation without the variants that the study's data cannot have, and a sentence on these.

    Args:
        ablation: As it was asked for.
        plan: The study.
        request: Whether it names variants; these are not left out.

    Raises:
        StudyError: The data cannot have a variant that was named, or the full model that others are taken out of, or
            none of the variants.
    """
    named = request.ablation is not None and bool(request.ablation.variants)
    changes = {variant.name: variant.changes for variant in plan.space.variants}
    wanted = (*ablation.variants, *ablation.factors)
    found = {name: misfit(plan, plan.changed(plan.baseline, changes[name])) for name in wanted}
    reasons = {name: reason for name, reason in found.items() if reason is not None}
    for name, reason in reasons.items():
        if named or name in ablation.factors:
            raise StudyError(f"variant {name!r} does not go with these data: {reason}")
        if name == FULL and ablation.design is Design.LEAVE_ONE_OUT:
            raise StudyError(
                f"--design leave-one-out begins with {FULL!r}, which does not go with these data: {reason}"
            )
    if not reasons:
        return ablation, []
    left = tuple(name for name in ablation.variants if name not in reasons)
    if not left:
        raise StudyError(f"space {plan.space.name!r} declares no variant that goes with these data: {_listed(reasons)}")
    retuned = tuple(name for name in ablation.retuned if name in left)
    left_out = f"{plan.study}: left out of the ablation, as they do not go with these data: {_listed(reasons)}"
    return replace(ablation, variants=left, retuned=retuned), [left_out]


def without_withdrawn(
    ablation: Ablation, withdrawn: Mapping[str, str], study: str, request: Request
) -> tuple[Ablation, tuple[str, ...], list[str]]:
    """Return an ablation without the variants that were withdrawn, unless the request names them.

    Args:
        ablation: As it was asked for.
        withdrawn: Variants that were withdrawn from it -> when.
        study: The study's name.
        request: Whether it names variants; these come back.

    Returns:
        The ablation, the variants that come back, and a sentence on either.

    Raises:
        StudyError: Every variant was withdrawn, and none is named.
    """
    chosen = [name for name in ablation.variants if name in withdrawn]
    if not chosen:
        return ablation, (), []
    listed = ", ".join(f"{name} (withdrawn on {withdrawn[name][:10]})" for name in chosen)
    if request.ablation is not None and request.ablation.variants:
        return ablation, tuple(chosen), [f"{study}: {listed} comes back into the ablation {ablation.name}"]
    left = tuple(name for name in ablation.variants if name not in withdrawn)
    if not left:
        raise StudyError(
            f"every variant of the ablation {ablation.name} of {study} was withdrawn: {listed}; "
            f"--variants names those that come back"
        )
    retuned = tuple(name for name in ablation.retuned if name in left)
    sentence = f"{study}: left out of the ablation: {listed}; --variants names those that come back"
    return replace(ablation, variants=left, retuned=retuned), (), [sentence]


def _listed(reasons: Mapping[str, str]) -> str:
    """Return names with their reasons, each reason once: `rotate, scale (REASON); columns (REASON)`."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        by_reason.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_reason.items())


def _refuse_no_parts(space: SearchSpace, names: Sequence[str]) -> None:
    """Check that every variant can be taken out of the full model.

    Raises:
        StudyError: One cannot; it is not left out in silence.
    """
    declared = [variant.name for variant in space.variants]
    if FULL not in declared:
        return  # then the full model is made of these
    known = [variant.name for variant in parts(space, declared)[0]]
    for name in names:
        if name not in (*known, FULL):
            raise StudyError(
                f"--design leave-one-out takes parts out of {FULL!r}, which are {', '.join(known)}, not {name!r}"
            )
