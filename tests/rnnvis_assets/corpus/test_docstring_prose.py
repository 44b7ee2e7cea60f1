import pytest

from rnnvis_assets.corpus.docstring_source import prose_sentences

DOCSTRING = """Compute the mean of the values along ``axis``.

    The mean is the sum divided by the number of values, e.g. of a *very* long
    column [1]_. See `the guide <https://example.org/guide>`__ and
    :func:`~library.module.median` for more. Is that all?

    .. versionadded:: 1.2
       Nobody wants to read this sentence here.

    .. note::
       Missing values are left out of the mean.

    Parameters
    ----------
    values : array_like, optional
        The numbers whose mean is wanted. Must not be
        empty at all.
    axis : int
        An axis.

    Returns
    -------
    - The first item of the list is this one,
      which goes on over here.
    :param weight: Weights of the values in the mean.
        They need not add up to one.

    Notes
    -----
    We use the formula :math:`x_i / n` in this sentence. A cell of the table is
    written as a string::

        This is a literal block of code.

    It ends with this sentence of prose.

    Examples
    --------
    Here is how the mean is computed.

    >>> mean([1, 2])
    This is the output of a doctest.

    References
    ----------
    .. [1] A. Author wrote a book about the mean.
"""


def test_prose_is_kept_and_everything_else_is_not() -> None:
    assert prose_sentences(DOCSTRING) == [
        "Compute the mean of the values along axis.",
        "The mean is the sum divided by the number of values, e.g. of a very long column.",
        "See the guide and median for more.",
        "Missing values are left out of the mean.",
        "The numbers whose mean is wanted.",
        "Must not be empty at all.",
        "The first item of the list is this one, which goes on over here.",
        "Weights of the values in the mean.",
        "They need not add up to one.",
        "It ends with this sentence of prose.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Too short here.",
        "No full stop at the end of this",
        "the first letter is not a capital one.",
        "Calls numpy.mean on each of the rows.",
        "Calls mean(x) on each of the rows.",
        "Sets the n_samples of the whole estimator.",
        "The a b c d e f of it all.",
        "This paragraph leads to a literal block::",
        "An opening bracket ( is never closed here.",
        "Sets x = 3 before anything else is done.",
        "",
    ],
)
def test_what_does_not_read_as_english_is_left_out(text: str) -> None:
    assert prose_sentences(text) == []


def test_prose_reads_the_same_on_the_docstring_of_an_indented_method() -> None:
    indented = "\n".join("        " + line for line in DOCSTRING.splitlines()[1:])
    assert prose_sentences(DOCSTRING.splitlines()[0] + "\n" + indented) == prose_sentences(
        DOCSTRING
    )
