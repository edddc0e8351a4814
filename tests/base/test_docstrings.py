"""Shared descriptions are filled into docstrings."""

import pytest

from skdeepcluster.base.docstrings import fill_docstring


def test_lines_are_replaced():
    @fill_docstring
    class Method:
        """A method.

        Parameters
        ----------
        {tol}
        own : dict, default={"a": 1}
            Braces elsewhere stay: {tol} too.
        """

    lines = Method.__doc__.splitlines()
    assert "tol : float, default=1e-3" in lines
    assert any(line.startswith("    The clustering stage ends") for line in lines)
    assert 'own : dict, default={"a": 1}' in lines
    assert "    Braces elsewhere stay: {tol} too." in lines


def test_unknown_name_is_an_error():
    with pytest.raises(KeyError, match="colour"):

        @fill_docstring
        class Method:
            """A method.

            {colour}
            """
