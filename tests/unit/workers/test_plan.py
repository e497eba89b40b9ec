"""A plan leads from what runs to what should run, and touches nothing else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from native_runtime.processes.spec import ChildSpec
from native_runtime.workers.plan import Replace, Start, Stop, describe, plan

CHILDREN = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["one", "two"])).map(
    lambda commands: {name: ChildSpec(name=name, command=(word,)) for name, word in commands.items()}
)
A = ChildSpec(name="a", command=("one",))
B = ChildSpec(name="b", command=("one",))


def test_first_plan_starts_everything_in_order() -> None:
    assert plan({}, {"b": B, "a": A}) == (Start(B), Start(A))


def test_same_children_need_no_step() -> None:
    assert plan({"a": A, "b": B}, {"b": B, "a": A}) == ()


def test_changed_child_is_replaced_and_surplus_goes_last() -> None:
    changed = replace(A, nice=5)
    assert plan({"b": B, "a": A}, {"a": changed}) == (Replace(changed), Stop("b"))


def test_plan_is_told_in_words_with_what_is_kept() -> None:
    gone, changed, new = replace(A, name="gone"), replace(A, nice=5), replace(A, name="new")
    told = describe({"gone": gone, "a": A, "b": B}, {"b": B, "a": changed, "new": new})
    assert told == (("keep", "b"), ("replace", "a"), ("start", "new"), ("drain", "gone"))


@given(CHILDREN, CHILDREN)
def test_steps_lead_from_any_old_to_any_new(old: dict[str, ChildSpec], new: dict[str, ChildSpec]) -> None:
    running = dict(old)
    for step in plan(old, new):
        match step:
            case Start(spec):
                assert spec.name not in running
                running[spec.name] = spec
            case Replace(spec):
                assert running[spec.name] != spec
                running[spec.name] = spec
            case Stop(name):
                del running[name]
    assert running == new
