"""Tables, for people and for the README; and the line that says what is going on."""

import dataclasses
import sys


@dataclasses.dataclass
class Table:
    """Texts. The first head is the table's title; the first `left` columns begin at the left."""
    heads: list
    rows: list
    notes: list = dataclasses.field(default_factory=list)
    left: int = 1


def as_text(table):
    lines = [table.heads, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [cell.ljust(width) if number < table.left else cell.rjust(width)
                 for number, (cell, width) in enumerate(zip(line, widths))]
        yield "  ".join(cells).rstrip()
    yield from table.notes
    yield ""


def as_markdown(table):
    rule = ["---" if number < table.left else "---:" for number in range(len(table.heads))]
    for line in (table.heads, rule, *table.rows):
        yield "| " + " | ".join(line) + " |"
    yield ""
    for note in table.notes:
        yield note + "\n"


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)
