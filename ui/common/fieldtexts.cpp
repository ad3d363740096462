#include "fieldtexts.h"

#include "format.h"

#include <QLabel>

namespace sockdrop {

void nameField(QWidget& field, const QString& name)
{
    field.setAccessibleName(name);
    auto* label = new QLabel(name, field.parentWidget());
    label->setTextFormat(Qt::PlainText);
    label->setBuddy(&field);
    label->hide(); // readers follow the relation all the same
}

void setPlainToolTip(QWidget& widget, const QString& text)
{
    widget.setToolTip(plainToolTip(text));
    widget.setAccessibleDescription(text);
}

} // namespace sockdrop
