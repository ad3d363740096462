#pragma once

#include "result.h"

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <QWidget>

#include <optional>

class QDropEvent;
class QMimeData;

namespace sockdrop {

/// What can be taken from a drop or the clipboard.
struct OfferedPaths
{
    QStringList paths; ///< absolute, on this machine; at least one
    int leftOut = 0;   ///< items that are none
};

/// Reads file URLs; the error says why nothing of it can be sent. Looks nothing up on the disk.
[[nodiscard]] Result<OfferedPaths> readOffer(const QMimeData& data);

/// "1 item", "3 items"
[[nodiscard]] QString itemsText(qsizetype count);
/// Says that so many items cannot be sent as they are no files here.
[[nodiscard]] QString leftOutText(int count);

/// What lies over the whole window while something is dragged over it.
class DropOverlay final : public QWidget
{
    Q_OBJECT

public:
    explicit DropOverlay(QWidget* parent);

    /// Each text gets a line of its own.
    void showOffer(const QString& title, const QStringList& texts);
    void showRefusal(const QString& title, const QString& reason);
    [[nodiscard]] QString title() const { return m_title; }
    [[nodiscard]] QString text() const { return m_text; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void present(const QString& title, const QStringList& texts, bool isRefusal);

    QString m_title;
    QString m_text;
    bool m_isRefusal = false;
};

/// Lets a whole window take files, as copies, whatever of its children they are dropped on.
class DropTarget final : public QObject
{
    Q_OBJECT

public:
    /// `window` must not take drops in any of its children.
    explicit DropTarget(QWidget& window);

    /// Where drops go, for the overlay; empty: nobody chosen yet.
    void setPeer(const QString& peer) { m_peer = peer; }

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void dropped(const QStringList& paths, int leftOut);

private:
    void enter(QDropEvent& event);
    void greet(QDropEvent& event);
    void take(QDropEvent& event);
    void refuse(QDropEvent& event, const QString& reason);
    void showOffer(const OfferedPaths& offer);

    QWidget& m_window;
    DropOverlay m_overlay;
    QString m_peer;
    std::optional<Result<OfferedPaths>> m_offer; ///< what is over the window: read once, asked at every move
    QTimer m_staleTimer;                         // a refused drag does not always say when it goes
};

} // namespace sockdrop
