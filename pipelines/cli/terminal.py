"""The terminal that all commands print to."""

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)


def print_plain(text: object, heading: str = "") -> None:
    """Prints a text as it is, its brackets no markup, after a heading in which they are."""
    console.print(heading, end="")
    console.print(str(text), markup=False)
