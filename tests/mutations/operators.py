"""Small changes of a module, one at a time: what a slip of the hand or of the mind could make of one place of its code.

A comparison with its neighbour, a number one more or less, another operator, a condition turned round, a statement left out,
nothing returned. What says nothing about behaviour is left alone: annotations, docstrings, assertions, `repr`, the texts of
errors, what stands there for the type checker.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES: Final = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "argmin": "argmax",
    "argmax": "argmin",
}
_LEFT_ALONE: Final = frozenset({"__repr__", "_repr_html_", "__str__"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change. `key` names it whatever stands above it in the file; `line` is where it is today."""

    module: str
    where: str
    line: int
    operator: str
    was: str
    becomes: str
    number: int
    tree: ast.Module

    @property
    def key(self) -> str:
        """Module, function, change, and which of several such in one function."""
        return f"{self.module}:{self.where}: {self.was} -> {self.becomes} #{self.number}"


def mutants(source: str, module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its code."""
    tree = ast.parse(source)
    seen: Counter[tuple[str, str, str]] = Counter()
    for place in _places(tree):
        for operator, made in _changes(place.node):
            was, becomes = _text(place.node), _text(made)
            seen[place.where, was, becomes] += 1
            yield Mutant(
                module,
                place.where,
                getattr(place.node, "lineno", 0),
                operator,
                was,
                becomes,
                seen[place.where, was, becomes],
                _with(tree, place.path, made),
            )


@dataclass(frozen=True, slots=True)
class _Place:
    """A node, the way to it from the module, and the function or class around it."""

    node: ast.AST
    path: tuple[tuple[str, int | None], ...]
    where: str


def _places(tree: ast.Module) -> Iterator[_Place]:
    yield from _inside(tree, (), "")


def _inside(node: ast.AST, path: tuple[tuple[str, int | None], ...], where: str) -> Iterator[_Place]:
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            way = (*path, (name, index))
            inside = where
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{where}.{child.name}" if where else child.name
            yield _Place(child, way, inside)
            if isinstance(child, ast.Raise):  # may be left out, but its text is not behaviour
                continue
            yield from _inside(child, way, inside)


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.FunctionDef(name=name):
            return name in _LEFT_ALONE
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.keyword(arg="strict"):  # of a zip whose parts are of one length, as whoever wrote it says
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.startswith("__")
        case _:
            return False


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    yield from _of_comparison(node)
    yield from _of_arithmetic(node)
    yield from _of_condition(node)
    yield from _of_constant(node)
    yield from _of_call(node)
    yield from _of_statement(node)


def _of_comparison(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARISONS[type(operator)]:
                yield "comparison", _changed(node, ops=[other()])
        case ast.Compare(ops=[first, *rest]):
            yield "comparison", _changed(node, ops=[_COMPARISONS[type(first)][0](), *rest])
        case _:
            return


def _of_arithmetic(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC and not _is_text(node):
            yield "arithmetic", _changed(node, op=_ARITHMETIC[type(operator)]())
        case ast.AugAssign(op=operator) if type(operator) in _ARITHMETIC:
            yield "arithmetic", _changed(node, op=_ARITHMETIC[type(operator)]())
            yield "statement", ast.Pass()
        case ast.UnaryOp(op=ast.USub()):
            yield "arithmetic", node.operand
        case _:
            return


def _of_condition(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BoolOp(op=operator):
            yield "boolean", _changed(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield "boolean", node.operand
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not isinstance(
            test, ast.Compare | ast.UnaryOp
        ):
            yield "boolean", _changed(node, test=ast.UnaryOp(ast.Not(), test))
        case _:
            return


def _of_constant(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield "constant", ast.Constant(value + 1)
            if value:
                yield "constant", ast.Constant(value - 1)
        case ast.Constant(value=float() as value):
            yield "constant", ast.Constant(value * 2 if value else 1.0)
        case _:
            return


def _of_call(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _NAMES:
            yield "call", _changed(node, func=ast.Name(_NAMES[name], ast.Load()))
        case ast.Call(func=ast.Attribute(attr=name)) if name in _NAMES:
            yield "call", _changed(node, func=_changed(node.func, attr=_NAMES[name]))
        case _:
            return


def _of_statement(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break():
            yield "statement", ast.Pass()
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "return", ast.Return(ast.Constant(None))
        case _:
            return


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _changed(node: ast.AST, **parts: object) -> ast.AST:
    made = copy.copy(node)
    for name, part in parts.items():
        setattr(made, name, part)
    return made


def _with(tree: ast.Module, path: tuple[tuple[str, int | None], ...], made: ast.AST) -> ast.Module:
    """The tree with another node at the end of a path; shares with it what does not lie on the path."""
    (name, index), *rest = path
    value = getattr(tree, name)
    child = value if index is None else value[index]
    new: Any = _with(child, tuple(rest), made) if rest else made
    if index is not None:
        new = [*value[:index], new, *value[index + 1 :]]
    changed: ast.Module = _changed(tree, **{name: new})  # type: ignore[assignment]
    return changed


def _text(node: ast.AST) -> str:
    """A change in one line: of a statement with a body, its head."""
    if isinstance(node, ast.If | ast.While):
        return f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(node.test)}"
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 100 else f"{text[:70]} ... {text[-25:]}"
