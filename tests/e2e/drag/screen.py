"""What stands on the screen, read from the X server's own memory (Xvfb -fbdir): cheap enough to poll."""

import mmap
import struct

CELL = 8  # pixels; changes are looked at in cells of this side


class Picture:
    """A part of the screen at one moment: 32-bit pixels, row by row."""

    def __init__(self, x, y, rows):
        self.x = x
        self.y = y
        self.rows = rows

    def __eq__(self, other):
        return self.rows == other.rows

    def changed_cells(self, other):
        """(share of changed pixels, column, row) of every cell in which the two differ."""
        counts = {}
        for row, (now, before) in enumerate(zip(self.rows, other.rows)):
            if now == before:
                continue
            pairs = zip(memoryview(now).cast("I"), memoryview(before).cast("I"))
            for column in (column for column, (a, b) in enumerate(pairs) if a != b):
                cell = (column // CELL, row // CELL)
                counts[cell] = counts.get(cell, 0) + 1
        return [(count / CELL**2, *cell) for cell, count in counts.items()]

    def changed_share(self, other):
        """How much of the area changed, from 0 to 1."""
        area = len(self.rows) * len(self.rows[0]) / 4
        return sum(share for share, _, _ in self.changed_cells(other)) * CELL**2 / area

    def middle_of(self, cell):
        """Where on the screen a cell of changed_cells() is."""
        _, column, row = cell
        return self.x + column * CELL + CELL // 2, self.y + row * CELL + CELL // 2


class Screen:
    """The frame buffer: an XWD file that the X server keeps mapped (XWDFile.h)."""

    def __init__(self, path):
        self.path = path
        with path.open("rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self.memory[:100])
        header_size, self.width, self.height, bits, self.line, colors = (header[i] for i in (0, 4, 5, 11, 12, 19))
        if bits != 32:
            raise RuntimeError(f"{bits} bits a pixel")
        self.start = header_size + colors * 12

    def grab(self, x, y, width, height):
        """The area must lie on the screen."""
        if x < 0 or y < 0 or x + width > self.width or y + height > self.height:
            raise ValueError(f"{width}x{height}+{x}+{y} is not on the screen")
        starts = (self.start + row * self.line + x * 4 for row in range(y, y + height))
        return Picture(x, y, [self.memory[start:start + width * 4] for start in starts])
