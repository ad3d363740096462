#pragma once

class QWidget;

namespace sockdrop {

/// Lets Tab walk through what is in `page` in the order in which its layouts show it.
void tabInLayoutOrder(QWidget& page);

/// Puts `widget`, which came later, right before `next` in the order of Tab.
void tabBefore(QWidget& widget, QWidget& next);

} // namespace sockdrop
