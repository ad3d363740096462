"""Where things are in a window, asked of the window itself, over AT-SPI as a screen reader does."""

import os

from desktop import wait_for


class Widgets:
    """What one process shows. Places are in pixels of the screen, whatever the window's scale."""

    def __init__(self, process, window):
        self.process = process
        self.window = window
        self.atspi = atspi(window.desktop)

    def find(self, role, name):
        """The place of the first thing that is shown with that role, and whose name begins so."""
        def found():
            return next((self.place_of(thing) for thing in self.shown(self.frame())
                         if thing.get_role_name() == role and thing.get_name().startswith(name)), None)
        return wait_for(f"{role} “{name}” in {self.window.title()}", found)

    def rows(self):
        """The places of all rows of the list of transfers that are in sight, from above."""
        lists = [thing for thing in self.shown(self.frame()) if thing.get_role_name() == "list" and
                 thing.get_parent().get_role_name() != "combo box"]
        return [self.place_of(row) for row in lists[0:1] and self.shown_children(lists[0])]

    def row(self, number):
        return wait_for(f"row {number} in {self.window.title()}",
                        lambda: len(rows := self.rows()) > number and rows[number])

    def frame(self):
        desktop = self.atspi.get_desktop(0)

        def found():
            programs = [desktop.get_child_at_index(number) for number in range(desktop.get_child_count())]
            ours = [program for program in programs if program and program.get_process_id() == self.process.pid]
            return ours and ours[0].get_child_count() and ours[0].get_child_at_index(0)
        return wait_for("the window's answer over AT-SPI", found)

    def shown_children(self, thing):
        children = (thing.get_child_at_index(number) for number in range(thing.get_child_count()))
        return [child for child in children if child and child.get_state_set().contains(self.atspi.StateType.SHOWING)]

    def shown(self, thing):
        for child in self.shown_children(thing):
            yield child
            yield from self.shown(child)

    def extents(self, thing):
        extents = thing.get_component_iface().get_extents(self.atspi.CoordType.SCREEN)
        return extents.x, extents.y, extents.width, extents.height

    def place_of(self, thing):
        left, top, width, _ = self.extents(self.frame())
        x, y, real_width, _ = self.window.geometry()
        scale = real_width / width
        place = self.extents(thing)
        return Place(x + (place[0] - left) * scale, y + (place[1] - top) * scale, place[2] * scale, place[3] * scale)


class Place:
    def __init__(self, x, y, width, height):
        self.x, self.y, self.width, self.height = x, y, width, height

    def at(self, across=0.5, down=0.5):
        return int(self.x + self.width * across), int(self.y + self.height * down)


def atspi(desktop):
    """Only once the desktop is there: it looks for the bus when it is loaded."""
    os.environ.update(desktop.environment)
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi
    return Atspi
