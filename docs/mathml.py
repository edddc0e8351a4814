"""Formulas as MathML, which browsers show without a script, a font or the network."""

import re

from docutils import nodes
from latex2mathml.converter import convert


def mathml(node, display):
    """The formula of a node, with a space after the names of functions."""
    formula = convert(node.astext(), display=display)
    return re.sub(
        r"(<mi>(?:log|tanh)</mi>)(?!<mo)", r'\1<mspace width="0.17em"/>', formula
    )


def inline(translator, node):
    translator.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def block(translator, node):
    translator.body.append(f'<div class="formula">{mathml(node, "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
