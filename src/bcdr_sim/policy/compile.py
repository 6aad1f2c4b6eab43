"""From the rows of a table to one fast Python function.

The function is built as a syntax tree from checked axes and typed literals; no text of a policy is ever
parsed as code. Each row becomes `if atom and atom: return index`, so the cost is one comparison per row
that fails at its first atom. `interpret` is the same table walked plainly; both must agree on every
observation.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from bcdr_sim.policy.atom import Atom, Condition, all_hold
from bcdr_sim.policy.axes import AXES, TAG_PREFIX
from bcdr_sim.policy.decision import Decision
from bcdr_sim.policy.observation import Observation, Value

Decide = Callable[[Observation], int]
"""Index of the row that decides; the number of rows if none does."""

_EMPTY_FUNCTION: Final = "def decide(observation):\n    pass"
"""Constant text for the outermost node alone, whose fields differ between versions of Python."""

_COMPARISONS: Final[dict[str, type[ast.cmpop]]] = {
    "eq": ast.Eq,
    "ne": ast.NotEq,
    "in": ast.In,
    "not_in": ast.NotIn,
    "lt": ast.Lt,
    "le": ast.LtE,
    "gt": ast.Gt,
    "ge": ast.GtE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One enabled rule with every situation and parameter replaced by its value."""

    when: Condition
    decision: Decision


def compile_rows(rows: Sequence[Row]) -> Decide:
    """Return the function that finds the first row whose condition holds."""
    module = ast.parse(_EMPTY_FUNCTION)
    function = cast(ast.FunctionDef, module.body[0])
    function.body = [_statement(row.when, index) for index, row in enumerate(rows)]
    function.body.append(ast.Return(ast.Constant(len(rows))))
    code = compile(ast.fix_missing_locations(module), "<policy>", "exec")
    namespace: dict[str, Decide] = {}
    exec(code, {"__builtins__": {}}, namespace)  # noqa: S102 - a tree built here, from checked values only
    return namespace["decide"]


def interpret(rows: Sequence[Row], observation: Observation) -> int:
    """Return the same index as the compiled function, by walking the rows."""
    for index, row in enumerate(rows):
        if all_hold(row.when, observation):
            return index
    return len(rows)


def axes_read(rows: Sequence[Row]) -> frozenset[str]:
    """Return the names of the axes that some row compares."""
    return frozenset(atom.axis for row in rows for atom in row.when)


def _statement(when: Condition, index: int) -> ast.stmt:
    answer = ast.Return(ast.Constant(index))
    if not when:
        return answer
    tests = [_test(atom) for atom in when]
    return ast.If(tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests), [answer], [])


def _test(atom: Atom) -> ast.expr:
    """Return the expression of one atom; flags and tags are read as truth values."""
    if atom.axis not in AXES:
        tag = ast.Constant(atom.axis.removeprefix(TAG_PREFIX))
        return _truth(ast.Compare(tag, [ast.In()], [_attribute("tags")]), atom)
    value = _attribute(atom.axis)
    if AXES[atom.axis].kind == "flag":
        return _truth(value, atom)
    if atom.op == "between":
        return _between(value, *atom.literals)
    if isinstance(atom.literal, tuple):
        literal: ast.expr = ast.Tuple([ast.Constant(item) for item in atom.literal], ast.Load())
    else:
        literal = ast.Constant(atom.literal)
    return ast.Compare(value, [_COMPARISONS[atom.op]()], [literal])


def _truth(value: ast.expr, atom: Atom) -> ast.expr:
    """Return the test of a flag, whatever operator asks for it."""
    if_yes, if_no = atom.holds_for(True), atom.holds_for(False)
    if if_yes == if_no:
        return ast.Constant(if_yes)
    return value if if_yes else ast.UnaryOp(ast.Not(), value)


def _between(value: ast.expr, low: Value, high: Value) -> ast.expr:
    """Return the half-open interval of the day, in two parts if it passes midnight."""
    from_low = ast.Compare(ast.Constant(low), [ast.LtE()], [value])
    below_high = ast.Compare(value, [ast.Lt()], [ast.Constant(high)])
    passes_midnight = cast(int, low) > cast(int, high)
    return ast.BoolOp(ast.Or() if passes_midnight else ast.And(), [from_low, below_high])


def _attribute(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name("observation", ast.Load()), name, ast.Load())
