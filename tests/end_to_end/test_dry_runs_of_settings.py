"""One dry run after each edit of a configuration key: it lists what rests on it and nothing else."""

from __future__ import annotations

import pytest
import yaml

from tests.end_to_end.expected import expected_after_key, key_names, with_another

# Another number of jobs, which the appendix of provenance lists by their seeds.
LISTED = {"experiments.search_budget.seeds": {"trace_provenance"}}

# Rules know no variants of a training on MNIST, plans do: what rests on the other variants stays as it is.
VARIANTS = {
    f"{verb}_{name}" for verb in ("draw", "summarise", "render") for name in ("printed_adam", "batch_statistics")
}
UNTOUCHED = VARIANTS | {"evaluate_layernorm_statistics", "translate_figures_zh"}


@pytest.mark.long
@pytest.mark.parametrize("key", key_names())
def test_a_dry_run_after_another_value_lists_what_computes_with_it(finished, edit, plan, key):
    path = finished.folder / "presets/test.yaml"
    edit("presets/test.yaml", path.read_text(encoding="utf-8"), yaml.safe_dump(with_another(key), sort_keys=False))
    expected = expected_after_key(plan, key) | plan.after(LISTED.get(key, set()))
    assert finished.would_run() == expected - (UNTOUCHED if key.startswith("mnist.published.") else set())
