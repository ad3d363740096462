#pragma once

class QWidget;

namespace sockdrop {

/// Lets Tab walk through what is in `page` in the order in which its layouts show it.
void tabInLayoutOrder(QWidget& page);

/// Puts `widget`, which came later, right before `next` in the order of Tab.
void tabBefore(QWidget& widget, QWidget& next);

/// For a widget that is about to be hidden: where it has the keyboard, `heir` gets it, or the page where that
/// cannot be seen. Else Qt would give it to whatever button comes next.
void handFocusOver(const QWidget& leaving, QWidget* heir);

} // namespace sockdrop
