"""Sphinx configuration: Markdown in, static pages out, nothing fetched while building or reading."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from bcdr_sim import __version__

project = "bcdr-sim"
author = "the bcdr-sim contributors"
version = release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"bcdr-sim {release}"
html_copy_source = False
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """Show a Mermaid diagram as its text: drawing it would fetch a script while somebody reads."""
    app.add_lexer("mermaid", TextLexer)
