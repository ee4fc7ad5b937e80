"""The ablation of a space that a command asked for, and what no ablation could be."""

from __future__ import annotations

from collections.abc import Sequence

from study.ablation import FULL, Ablation, Design, find_variants, parts, refuse_options, refuse_retuning
from study.design import REPLICATES
from study.errors import StudyError, nearest
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
    if asked.variants and design in (Design.FACTORIAL, Design.PATH):
        instead = "--factors names" if design is Design.FACTORIAL else "the search finds"
        raise StudyError(f"--variants has no effect with --design {design.value}: {instead} what is combined")
    if not asked.searches:
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
    )
    refuse_options(ablation)
    return ablation


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
