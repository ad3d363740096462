#include "transferdelegate.h"

#include "icons.h"

#include <QApplication>
#include <QPainter>

#include <cmath>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Everything is measured in the height of a line of text.
struct Metrics
{
    explicit Metrics(const QFont& font)
        : line(QFontMetrics(font).height()), padding(line * 6 / 10), gap(line / 4), icon(line * 2),
          button(line * 17 / 10)
    {}

    int line;
    int padding;
    int gap;
    int icon;
    int button;

    [[nodiscard]] int rowHeight() const { return 3 * line + 2 * gap + 2 * padding; }
};

QFont nameFont(const QFont& font)
{
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    return bold;
}

bool isSelected(const QStyleOptionViewItem& option)
{
    return option.state.testFlag(QStyle::State_Selected);
}

QColor textColor(const QStyleOptionViewItem& option)
{
    return option.palette.color(isSelected(option) ? QPalette::HighlightedText : QPalette::Text);
}

QColor secondColor(const QStyleOptionViewItem& option)
{
    return isSelected(option) ? textColor(option) : mutedColor(option.palette);
}

QColor signColor(const QStyleOptionViewItem& option, Tone tone)
{
    return isSelected(option) ? textColor(option) : toneColor(option.palette, tone);
}

/// As many of the texts as fit, the most important ones; the last one left is elided.
QString fitting(QStringList texts, const QFontMetrics& metrics, int width)
{
    const QString separator = u" · "_s;
    while (texts.size() > 1 && metrics.horizontalAdvance(texts.join(separator)) > width)
        texts.removeLast();
    return metrics.elidedText(texts.join(separator), Qt::ElideRight, width);
}

} // namespace

TransferDelegate::TransferDelegate(const TransferDelegateRoles& roles, QObject* parent)
    : QStyledItemDelegate(parent), m_roles(roles)
{}

QSize TransferDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    const Metrics metrics(option.font);
    return {metrics.line * 12, metrics.rowHeight()};
}

TransferDelegate::Layout TransferDelegate::layout(const QStyleOptionViewItem& option,
                                                  const QModelIndex& index) const
{
    const Metrics m(option.font);
    const QRect row = option.rect.adjusted(m.padding, m.padding, -m.padding, -m.padding);
    const auto placed = [&option](const QRect& rect) {
        return QStyle::visualRect(option.direction, option.rect, rect);
    };

    Layout result;
    const TransferActions actions(index.data(m_roles.buttons).toInt());
    int right = row.right() + 1;
    for (auto action = allTransferActions.crbegin(); action != allTransferActions.crend(); ++action) {
        if (!actions.testFlag(*action))
            continue;
        right -= m.button;
        const QRect button(right, row.center().y() - m.button / 2, m.button, m.button);
        result.buttons.prepend({*action, placed(button)});
    }
    right = std::min(right, row.right() + 1 - m_buttonColumns * m.button) - m.padding;

    result.icon = placed(QRect(row.left(), row.center().y() - m.icon / 2, m.icon, m.icon));
    const int left = row.left() + m.icon + m.padding;
    const int width = std::max(0, right - left);
    const QString peer = index.data(m_roles.peer).toString();
    const int nameWidth = QFontMetrics(nameFont(option.font)).horizontalAdvance(index.data().toString());
    int peerWidth = std::min(QFontMetrics(option.font).horizontalAdvance(peer) + 1, width * 2 / 5);
    if (width < 22 * m.line && nameWidth + m.padding + peerWidth > width)
        peerWidth = 0; // the name matters more; the tool tip has both
    const int second = row.top() + m.line + m.gap;
    const int third = second + m.line + m.gap;
    const int sign = m.line * 9 / 10;
    result.name = placed(QRect(left, row.top(), width - peerWidth - m.padding, m.line));
    result.peer = placed(QRect(right - peerWidth, row.top(), peerWidth, m.line));
    result.stateIcon = placed(QRect(left, second + (m.line - sign) / 2, sign, sign));
    result.details = placed(QRect(left + sign + m.gap, second, width - sign - m.gap, m.line));
    result.footnote = placed(QRect(left, third, width, m.line));
    const int thickness = std::max(4, m.line * 2 / 5);
    result.bar = placed(QRect(left, third + (m.line - thickness) / 2, width, thickness));
    return result;
}

void TransferDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given,
                             const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    painter->save();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
    const Layout places = layout(option, index);
    paintSymbol(*painter, places.icon, index.data(m_roles.icon).toString(), secondColor(option));
    paintTexts(*painter, option, index, places);
    paintButtons(*painter, option, index, places);
    if (!isSelected(option)) {
        painter->setPen(faintColor(option.palette));
        painter->drawLine(
            QPoint(places.icon.left(), option.rect.bottom()),
            QPoint(option.rect.right() - (places.icon.left() - option.rect.left()), option.rect.bottom()));
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        QStyleOptionFocusRect focus;
        focus.QStyleOption::operator=(option);
        focus.backgroundColor =
            option.palette.color(isSelected(option) ? QPalette::Highlight : QPalette::Base);
        style->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, painter, option.widget);
    }
    painter->restore();
}

void TransferDelegate::paintTexts(QPainter& painter, const QStyleOptionViewItem& option,
                                  const QModelIndex& index, const Layout& places) const
{
    const auto alignment = QStyle::visualAlignment(option.direction, Qt::AlignLeft | Qt::AlignVCenter);
    const int flags = static_cast<int>(alignment) | Qt::TextSingleLine;
    const QFont bold = nameFont(option.font);
    const QFontMetrics metrics(option.font);
    const auto tone = static_cast<Tone>(index.data(m_roles.tone).toInt());

    painter.setFont(bold);
    painter.setPen(textColor(option));
    const QString name = index.data(Qt::DisplayRole).toString();
    painter.drawText(places.name, flags,
                     QFontMetrics(bold).elidedText(name, Qt::ElideMiddle, places.name.width()));

    painter.setFont(option.font);
    painter.setPen(secondColor(option));
    const QString peer = index.data(m_roles.peer).toString();
    painter.drawText(places.peer, flags, metrics.elidedText(peer, Qt::ElideMiddle, places.peer.width()));

    const QString stateIcon = index.data(m_roles.stateIcon).toString();
    paintSymbol(painter, places.stateIcon, stateIcon, signColor(option, tone));
    painter.setPen(tone == Tone::Error ? signColor(option, tone) : secondColor(option));
    const QStringList details = index.data(m_roles.details).toStringList();
    painter.drawText(places.details, flags, fitting(details, metrics, places.details.width()));

    const QVariant progress = index.data(m_roles.progress);
    if (progress.isValid()) {
        paintBar(painter, option, places.bar, progress.toDouble());
        return;
    }
    painter.setPen(secondColor(option));
    const QString footnote = index.data(m_roles.footnote).toString();
    const auto elide = tone == Tone::Error ? Qt::ElideRight : Qt::ElideMiddle;
    painter.drawText(places.footnote, flags, metrics.elidedText(footnote, elide, places.footnote.width()));
}

void TransferDelegate::paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QRect& rect,
                                double share) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const double radius = rect.height() / 2.0;
    QColor track = isSelected(option) ? textColor(option) : faintColor(option.palette);
    if (isSelected(option))
        track.setAlphaF(0.3F);
    painter.setBrush(track);
    painter.drawRoundedRect(rect, radius, radius);
    painter.setBrush(signColor(option, Tone::Accent));
    QRectF done = rect;
    if (share >= 0) {
        done.setWidth(rect.width() * share);
        if (option.direction == Qt::RightToLeft)
            done.moveRight(rect.right() + 1);
        if (share > 0)
            done.setWidth(std::max<double>(done.width(), rect.height()));
    } else {
        // Unknown share: a piece in the middle, neither begun nor ended.
        done = rect.adjusted(rect.width() * 3 / 8, 0, -rect.width() * 3 / 8, 0);
    }
    painter.drawRoundedRect(done, share == 0 ? 0 : radius, radius);
    painter.restore();
}

void TransferDelegate::paintButtons(QPainter& painter, const QStyleOptionViewItem& option,
                                    const QModelIndex& index, const Layout& places) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isHotRow = m_hotIndex.isValid() && m_hotIndex == index;
    for (const auto& [action, rect] : places.buttons) {
        const bool isHot = isHotRow && m_hotAction == action;
        if (isHot) {
            QColor ground = textColor(option);
            ground.setAlphaF(m_isPressed ? 0.28F : 0.14F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(ground);
            painter.drawRoundedRect(rect, rect.height() / 5.0, rect.height() / 5.0);
        }
        const int inset = rect.height() / 5;
        paintSymbol(painter, rect.adjusted(inset, inset, -inset, -inset), actionIconName(action),
                    isHot ? textColor(option) : secondColor(option));
    }
    painter.restore();
}

std::optional<TransferAction> TransferDelegate::buttonAt(const QStyleOptionViewItem& option,
                                                         const QModelIndex& index,
                                                         const QPoint& position) const
{
    for (const auto& [action, rect] : layout(option, index).buttons) {
        if (rect.contains(position))
            return action;
    }
    return std::nullopt;
}

void TransferDelegate::setHot(const QModelIndex& index, std::optional<TransferAction> action, bool isPressed)
{
    m_hotIndex = index;
    m_hotAction = action;
    m_isPressed = isPressed;
}

} // namespace sockdrop
