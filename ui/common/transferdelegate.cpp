#include "transferdelegate.h"

#include "batchfiles.h"
#include "format.h"
#include "rowstyle.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

TransferDelegate::TransferDelegate(const TransferDelegateRoles& roles, QObject* parent)
    : QStyledItemDelegate(parent), m_roles(roles)
{}

void TransferDelegate::setButtonColumns(int ofUploads, int ofFiles)
{
    m_uploadColumns = ofUploads;
    m_fileColumns = ofFiles;
}

RowMap::Heights TransferDelegate::heights(const QFont& font)
{
    const RowMetrics metrics(font);
    return {metrics.uploadHeight(), metrics.fileHeight()};
}

QSize TransferDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const RowMap::Heights both = heights(option.font);
    return {RowMetrics(option.font).line * 12, isFile(index) ? both.file : both.upload};
}

TransferDelegate::Layout TransferDelegate::layout(const QStyleOptionViewItem& option,
                                                  const QModelIndex& index) const
{
    Layout result = isFile(index) ? fileLayout(option, index) : uploadLayout(option, index);
    for (QRect* rect : {&result.chevron, &result.icon, &result.name, &result.side, &result.sideIcon,
                        &result.stateIcon, &result.details, &result.footnote, &result.bar})
        *rect = QStyle::visualRect(option.direction, option.rect, *rect);
    for (auto& [action, rect] : result.buttons)
        rect = QStyle::visualRect(option.direction, option.rect, rect);
    return result;
}

int TransferDelegate::placeButtons(Layout& layout, const QStyleOptionViewItem& option,
                                   const QModelIndex& index, int side, int columns) const
{
    const int padding = RowMetrics(option.font).padding;
    const int end = option.rect.right() + 1 - padding;
    const TransferActions actions(index.data(m_roles.buttons).toInt());
    int left = end;
    for (auto action = allTransferActions.crbegin(); action != allTransferActions.crend(); ++action) {
        if (!actions.testFlag(*action))
            continue;
        left -= side;
        layout.buttons.prepend({*action, QRect(left, option.rect.center().y() - side / 2, side, side)});
    }
    left = std::min(left, end - columns * side);
    return left == end ? end : left - padding;
}

TransferDelegate::Layout TransferDelegate::uploadLayout(const QStyleOptionViewItem& option,
                                                        const QModelIndex& index) const
{
    const RowMetrics m(option.font);
    const QRect row = option.rect.adjusted(m.padding, m.padding, -m.padding, -m.padding);
    Layout result;
    const int right = placeButtons(result, option, index, m.button, m_uploadColumns);
    const int iconLeft = row.left() + (m_hasChevrons ? m.chevron : 0);
    if (m_hasChevrons && index.data(m_roles.shown).isValid())
        result.chevron =
            QRect(option.rect.left(), option.rect.top(), iconLeft - option.rect.left(), option.rect.height());
    result.icon = QRect(iconLeft, row.center().y() - m.icon / 2, m.icon, m.icon);
    const int left = iconLeft + m.icon + m.padding;
    const int width = std::max(0, right - left);
    const QString side = index.data(m_roles.side).toString();
    const int nameWidth = QFontMetrics(nameFont(option.font)).horizontalAdvance(index.data().toString()) + 1;
    const int wanted = QFontMetrics(option.font).horizontalAdvance(side) + 1;
    const bool hasSign = index.data(m_roles.sideIcon).isValid(); // stays, whatever else has to go
    const int signWidth = hasSign ? m.sign + m.gap : 0;
    int sideWidth = std::min(wanted, width * 2 / 5);
    const bool isCut = sideWidth < wanted || nameWidth + m.padding + signWidth + sideWidth > width;
    if (width < 22 * m.line && isCut)
        sideWidth = 0; // the name matters more; the tool tip has both
    const int second = row.top() + m.line + m.gap;
    const int third = second + m.line + m.gap;
    result.name = QRect(left, row.top(), width - sideWidth - signWidth - m.padding, m.line);
    result.side = QRect(right - sideWidth, row.top(), sideWidth, m.line);
    if (hasSign)
        result.sideIcon =
            QRect(result.side.left() - signWidth, row.top() + (m.line - m.sign) / 2, m.sign, m.sign);
    result.stateIcon = QRect(left, second + (m.line - m.sign) / 2, m.sign, m.sign);
    result.details = QRect(left + m.sign + m.gap, second, width - m.sign - m.gap, m.line);
    result.footnote = QRect(left, third, width, m.line);
    const int thickness = std::max(4, m.line * 2 / 5);
    result.bar = QRect(left, third + (m.line - thickness) / 2, width, thickness);
    return result;
}

TransferDelegate::Layout TransferDelegate::fileLayout(const QStyleOptionViewItem& option,
                                                      const QModelIndex& index) const
{
    const RowMetrics m(option.font);
    const int top = option.rect.top() + (option.rect.height() - m.line) / 2;
    Layout result;
    const int right = placeButtons(result, option, index, m.fileButton, m_fileColumns);
    // Below the upload's icon, so that one sees what belongs to it.
    int left = option.rect.left() + m.padding + (m_hasChevrons ? m.chevron : 0);
    result.stateIcon = QRect(left, top + (m.line - m.sign) / 2, m.sign, m.sign);
    left += m.sign + m.gap;
    result.icon = QRect(left, top, m.line, m.line);
    left += m.line + m.gap * 2;
    const QFontMetrics metrics(option.font);
    const int sideWidth = metrics.horizontalAdvance(index.data(m_roles.side).toString()) + 1;
    result.side = QRect(right - sideWidth, top, sideWidth, m.line);
    const int width = std::max(0, right - left - (sideWidth > 1 ? sideWidth + m.padding : 0));
    const QStringList details = index.data(m_roles.details).toStringList();
    const int detailsWidth = metrics.horizontalAdvance(joined(details)) + m.padding + 1;
    const int nameWidth = metrics.horizontalAdvance(index.data().toString()) + 1;
    const int most = details.isEmpty() ? width : std::max(width * 2 / 5, width - detailsWidth);
    result.name = QRect(left, top, std::min(nameWidth, most), m.line);
    const int detailsLeft = result.name.right() + 1 + m.padding;
    result.details = QRect(detailsLeft, top, std::max(0, left + width - detailsLeft), m.line);
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
    paintDetails(*painter, option, index, places);
    paintButtons(*painter, option, index, places);
    if (!isFile(index)) {
        paintLastLine(*painter, option, index, places);
        paintChevron(*painter, option, index, places.chevron);
        if (!isSelected(option) && index.row() > 0) {
            const int padding = RowMetrics(option.font).padding;
            painter->setPen(faintColor(option.palette));
            painter->drawLine(option.rect.topLeft() + QPoint(padding, 0),
                              option.rect.topRight() - QPoint(padding, 0));
        }
    }
    if (option.state.testFlag(QStyle::State_HasFocus))
        paintFrame(*painter, option);
    painter->restore();
}

void TransferDelegate::paintFrame(QPainter& painter, const QStyleOptionViewItem& option)
{
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    QStyleOptionFocusRect focus;
    focus.QStyleOption::operator=(option);
    focus.backgroundColor = option.palette.color(isSelected(option) ? QPalette::Highlight : QPalette::Base);
    style->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, option.widget);
}

void TransferDelegate::paintTexts(QPainter& painter, const QStyleOptionViewItem& option,
                                  const QModelIndex& index, const Layout& places) const
{
    const QFont font = isFile(index) ? option.font : nameFont(option.font);
    painter.setFont(font);
    painter.setPen(textColor(option));
    const QString name = isolated(index.data(Qt::DisplayRole).toString());
    painter.drawText(places.name, lineFlags(option),
                     QFontMetrics(font).elidedText(name, Qt::ElideMiddle, places.name.width()));

    painter.setFont(option.font);
    painter.setPen(secondColor(option));
    if (!places.sideIcon.isEmpty())
        paintSymbol(painter, places.sideIcon, index.data(m_roles.sideIcon).toString(),
                    signColor(option, Tone::Warning));
    const QString side = isolated(index.data(m_roles.side).toString());
    painter.drawText(places.side, lineFlags(option),
                     QFontMetrics(option.font).elidedText(side, Qt::ElideMiddle, places.side.width()));
}

void TransferDelegate::paintDetails(QPainter& painter, const QStyleOptionViewItem& option,
                                    const QModelIndex& index, const Layout& places) const
{
    const auto tone = static_cast<Tone>(index.data(m_roles.tone).toInt());
    paintSymbol(painter, places.stateIcon, index.data(m_roles.stateIcon).toString(), signColor(option, tone));
    painter.setPen(tone == Tone::Error ? signColor(option, tone) : secondColor(option));
    const QStringList details = index.data(m_roles.details).toStringList();
    const auto elide = tone == Tone::Error ? Qt::ElideMiddle : Qt::ElideRight;
    if (const QStringList lines = failureLines(option, index, places); !lines.isEmpty()) {
        painter.drawText(places.details, lineFlags(option), isolated(lines.front()));
        painter.drawText(places.details.translated(0, places.footnote.top() - places.details.top()),
                         lineFlags(option), isolated(lines.back()));
        return;
    }
    painter.drawText(places.details, lineFlags(option),
                     fitting(details, QFontMetrics(option.font), places.details.width(), elide));
}

/// Why an upload failed, where that takes two lines; then what helps stands behind it, if there is room.
QStringList TransferDelegate::failureLines(const QStyleOptionViewItem& option, const QModelIndex& index,
                                           const Layout& places) const
{
    const bool isFailed = static_cast<Tone>(index.data(m_roles.tone).toInt()) == Tone::Error;
    const QString reason = index.data(m_roles.details).toStringList().value(0);
    const int width = places.details.width();
    if (isFile(index) || !isFailed || QFontMetrics(option.font).horizontalAdvance(reason) <= width)
        return {};
    return inTwoLines(reason, index.data(m_roles.footnote).toString(), option.font, width);
}

void TransferDelegate::paintLastLine(QPainter& painter, const QStyleOptionViewItem& option,
                                     const QModelIndex& index, const Layout& places) const
{
    const QVariant progress = index.data(m_roles.progress);
    if (progress.isValid()) {
        paintBar(painter, option, places.bar, progress.toDouble());
        return;
    }
    if (!failureLines(option, index, places).isEmpty())
        return; // it stands there already
    const auto tone = static_cast<Tone>(index.data(m_roles.tone).toInt());
    painter.setPen(secondColor(option));
    const QString footnote = isolated(index.data(m_roles.footnote).toString());
    const auto elide = tone == Tone::Error ? Qt::ElideRight : Qt::ElideMiddle;
    painter.drawText(places.footnote, lineFlags(option),
                     QFontMetrics(option.font).elidedText(footnote, elide, places.footnote.width()));
}

void TransferDelegate::paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QRect& rect,
                                double share)
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

void TransferDelegate::paintChevron(QPainter& painter, const QStyleOptionViewItem& option,
                                    const QModelIndex& index, const QRect& rect) const
{
    if (rect.isEmpty())
        return;
    const bool isHot =
        m_hotIndex.isValid() && m_hotIndex == index && m_hotAction == TransferAction::ToggleFiles;
    const bool isOpen = index.data(m_roles.shown).toInt() != static_cast<int>(ShownFiles::None);
    const int side = RowMetrics(option.font).sign;
    QRect place(0, 0, side, side);
    place.moveCenter(rect.center() +
                     QPoint(rect.width() / 6, 0) * (option.direction == Qt::RightToLeft ? -1 : 1));
    painter.save();
    if (!isOpen && option.direction == Qt::RightToLeft) { // it points to where the row goes on
        painter.translate(2 * place.center().x() + 1, 0);
        painter.scale(-1, 1);
    }
    paintSymbol(painter, place, isOpen ? u"collapse"_s : u"expand"_s,
                isHot ? textColor(option) : secondColor(option));
    painter.restore();
}

void TransferDelegate::paintButtons(QPainter& painter, const QStyleOptionViewItem& option,
                                    const QModelIndex& index, const Layout& places) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const bool isHotRow = m_hotIndex.isValid() && m_hotIndex == index;
    const bool showsFailed = index.data(m_roles.shown).toInt() == static_cast<int>(ShownFiles::Failed);
    for (const auto& [action, rect] : places.buttons) {
        const bool isHot = isHotRow && m_hotAction == action;
        const bool isDown = action == TransferAction::ShowFailed && showsFailed;
        if (isHot || isDown) {
            QColor ground = textColor(option);
            ground.setAlphaF(isHot && m_isPressed ? 0.28F : 0.14F);
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
    const Layout places = layout(option, index);
    if (places.chevron.contains(position))
        return TransferAction::ToggleFiles;
    for (const auto& [action, rect] : places.buttons) {
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
