#include "codelabel.h"

#include "format.h"

namespace sockdrop {

CodeLabel::CodeLabel(QWidget* parent) : QLabel(parent)
{
    constexpr double scale = 1.8;
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * scale);
    large.setBold(true);
    setFont(large);
    setTextFormat(Qt::PlainText);
    hide();
}

void CodeLabel::setCode(const QString& code)
{
    setText(shortLine(code, 20));
    setAccessibleName(tr("Verification code %1").arg(text()));
    setVisible(!code.isEmpty());
}

} // namespace sockdrop
