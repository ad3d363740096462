#pragma once

#include <QString>

class QWidget;

namespace sockdrop {

// What a field says beside what stands in it, for everybody.

/// Names it for screen readers: some take the accessible name, those of Linux a label that belongs to it.
/// Made once the field has its parent.
void nameField(QWidget& field, const QString& name);

/// A tool tip that Qt never takes for markup, and that screen readers read without ours.
void setPlainToolTip(QWidget& widget, const QString& text);

} // namespace sockdrop
