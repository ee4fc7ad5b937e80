"""What an ablation asks for beside what is stored, as the plan's history tells it."""

from __future__ import annotations

from study.ablation import Ablation
from study.database import AblationRow, structured
from study.design import Design


def row_of(ablation: Ablation) -> AblationRow:
    return structured(AblationRow, ablation.columns("s") | {"finished": True, "created_at": "2026"})


def test_a_begin_tells_variants_seeds_and_searches() -> None:
    assert Ablation(variants=("wide", "deep"), replicates=6).news(None) == [
        "ablation one-at-a-time begun: variants wide, deep; seeds 6"
    ]
    assert Ablation(variants=("wide",), replicates=3, retuned=("wide",), searches=3).news(None) == [
        "ablation one-at-a-time begun: variants wide; re-tuned wide; seeds 3; searches 3"
    ]
    assert Ablation(design=Design.PATH, replicates=3).news(None) == ["ablation path begun: seeds 3"]


def test_an_extension_tells_what_is_new() -> None:
    stored = Ablation(variants=("wide",), replicates=3)
    assert stored.news(row_of(stored)) == []
    wider = Ablation(variants=("wide", "deep"), replicates=6, retuned=("deep",), searches=3)
    assert wider.news(row_of(stored)) == [
        "ablation one-at-a-time: variants added: deep",
        "ablation one-at-a-time: re-tuned added: deep",
        "ablation one-at-a-time: seeds were 3, now 6",
        "ablation one-at-a-time: searches were 1, now 3",
    ]
