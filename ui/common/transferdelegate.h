#pragma once

#include "rowmap.h"
#include "transferactions.h"

#include <QList>
#include <QStyledItemDelegate>

#include <optional>

namespace sockdrop {

struct RowMetrics;

/// Which roles of the model say what a row shows; see TransferModel::Role.
struct TransferDelegateRoles
{
    int file = 0; ///< not 0: the row of a file
    int shown = 0;
    int icon = 0;
    int stateIcon = 0;
    int tone = 0;
    int side = 0;
    int sideIcon = 0;
    int details = 0;
    int footnote = 0;
    int progress = 0;
    int buttons = 0;
};

/// Paints a transfer in three lines of fixed height: name and peer, state and figures, progress bar or
/// footnote; the file's icon before them, buttons behind. A file of a batch has one line: name, what is to be
/// said of it, size. Reads roles, looks nothing up.
class TransferDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    explicit TransferDelegate(const TransferDelegateRoles& roles, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] static RowMap::Heights heights(const QFont& font);

    /// Room that is kept for buttons, so that the rows' columns end alike.
    void setButtonColumns(int ofUploads, int ofFiles);
    /// Room before the icons for the signs that open batches.
    void setChevrons(bool areShown) { m_hasChevrons = areShown; }

    /// The button of the row under `position`, in the view's coordinates; the sign that opens a batch is one.
    [[nodiscard]] std::optional<TransferAction>
    buttonAt(const QStyleOptionViewItem& option, const QModelIndex& index, const QPoint& position) const;
    /// The button that is drawn as under the pointer.
    void setHot(const QModelIndex& index, std::optional<TransferAction> action, bool isPressed);

private:
    struct Layout
    {
        QRect chevron; ///< to be clicked; empty where there is nothing to open
        QRect icon;
        QRect name;
        QRect side;
        QRect sideIcon;
        QRect stateIcon;
        QRect details;
        QRect footnote;
        QRect bar;
        QList<std::pair<TransferAction, QRect>> buttons;
    };

    [[nodiscard]] bool isFile(const QModelIndex& index) const
    {
        return index.data(m_roles.file).toUInt() != 0;
    }
    [[nodiscard]] Layout layout(const QStyleOptionViewItem& option, const QModelIndex& index) const;
    [[nodiscard]] Layout uploadLayout(const QStyleOptionViewItem& option, const QModelIndex& index) const;
    [[nodiscard]] Layout fileLayout(const QStyleOptionViewItem& option, const QModelIndex& index) const;
    /// Places the buttons; where the texts end.
    int placeButtons(Layout& layout, const QStyleOptionViewItem& option, const QModelIndex& index, int side,
                     int columns) const;
    void paintTexts(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                    const Layout& layout) const;
    [[nodiscard]] QStringList failureLines(const QStyleOptionViewItem& option, const QModelIndex& index,
                                           const Layout& places) const;
    void paintDetails(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                      const Layout& layout) const;
    void paintLastLine(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                       const Layout& layout) const;
    void paintChevron(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                      const QRect& rect) const;
    void paintButtons(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                      const Layout& layout) const;
    static void paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QRect& rect,
                         double share);
    static void paintFrame(QPainter& painter, const QStyleOptionViewItem& option);

    TransferDelegateRoles m_roles;
    int m_uploadColumns = 1;
    int m_fileColumns = 0;
    bool m_hasChevrons = false;
    QPersistentModelIndex m_hotIndex;
    std::optional<TransferAction> m_hotAction;
    bool m_isPressed = false;
};

} // namespace sockdrop
