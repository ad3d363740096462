#pragma once

#include "messagebar.h"
#include "peerbook.h"

#include <QDialog>

class QLabel;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace sockdrop {

/// 64 hex digits in groups of four.
[[nodiscard]] QString groupedFingerprint(const QString& fingerprint);

/// Which devices are known by their keys: to look at, to name, to forget. On top this one's own key.
class PeersDialog final : public QDialog
{
    Q_OBJECT

public:
    PeersDialog(std::shared_ptr<KnownPeers> peers, const QString& ownName, const QString& ownFingerprint,
                QWidget* parent = nullptr);

    [[nodiscard]] QTreeWidget& list() { return *m_list; }
    [[nodiscard]] QPushButton& forgetButton() { return *m_forget; }
    [[nodiscard]] QPushButton& renameButton() { return *m_rename; }
    [[nodiscard]] QPushButton& copyButton() { return *m_copy; }
    [[nodiscard]] MessageBar& notice() { return *m_notice; }

private:
    void arrange(const QString& ownName, const QString& ownFingerprint);
    void showPeers(const QList<KnownPeer>& peers);
    void showButtons();
    void takeChange(QTreeWidgetItem* item, int column);
    void askToForget();
    [[nodiscard]] const KnownPeer* chosen() const;

    PeerBook m_book;
    QList<KnownPeer> m_peers; ///< as the list shows them
    QTreeWidget* m_list;
    MessageBar* m_notice;
    QLabel* m_nobody;
    QLabel* m_key; ///< in full, of the chosen one
    QPushButton* m_rename;
    QPushButton* m_copy;
    QPushButton* m_forget;
};

} // namespace sockdrop
