#include "qrview.h"

#include "fieldtexts.h"

#include <QPainter>

namespace sockdrop {

namespace {
constexpr int quietZone = QrCode::quietZone;
} // namespace

QrView::QrView(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void QrView::setText(const QString& text, const QString& hint)
{
    const Result<QrCode> code = QrCode::encode(text);
    m_code = code ? code.value() : QrCode();
    setAccessibleName(tr("QR code of %1").arg(text));
    setPlainToolTip(*this, text + u'\n' + hint);
    setAccessibleDescription(hint);
    updateGeometry();
    update();
}

QSize QrView::sizeHint() const
{
    const int modules = std::max(m_code.size, 21) + 2 * quietZone;
    const int module = std::max(2, fontMetrics().height() * 8 / modules);
    return {modules * module, modules * module};
}

void QrView::paintEvent(QPaintEvent*)
{
    if (m_code.size == 0)
        return;
    QPainter painter(this);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    const int modules = m_code.size + 2 * quietZone;
    const int module = std::min(width(), height()) / modules;
    painter.drawRect(0, 0, modules * module, modules * module);
    for (int y = 0; y < m_code.size; ++y) {
        for (int x = 0; x < m_code.size; ++x) {
            if (m_code.isDark(x, y))
                painter.fillRect((x + quietZone) * module, (y + quietZone) * module, module, module,
                                 Qt::black);
        }
    }
}

} // namespace sockdrop
