#pragma once

#include "messagebar.h"
#include "recentpeers.h"
#include "transferpanel.h"

#include <QHash>
#include <QWidget>

class QAction;
class QMimeData;
class QStackedLayout;

namespace sockdrop {

class EmptyState;
class HeldItems;
class PeerField;
class Settings;
class TrustPanel;
class UploadQueue;
struct TrustQuestion;

/// The Send tab: whom to send to, what to send, and what becomes of it.
class SendPage final : public QWidget
{
    Q_OBJECT

public:
    SendPage(UploadQueue& queue, Settings& settings, QWidget* parent = nullptr);

    /// Sends to the peer in the field; without a usable one, holds the paths and asks. `leftOut` items could
    /// not be taken.
    void send(const QStringList& paths, int leftOut = 0);
    /// Holds the paths until the person says whom they go to, whatever the field says: they came from outside
    /// the window, where nobody saw it.
    void hold(const QStringList& paths);
    /// Sends what `data` names, or says why it cannot.
    void paste(const QMimeData& data);

    [[nodiscard]] QAction& addFilesAction() { return *m_addFiles; }
    [[nodiscard]] QAction& addFolderAction() { return *m_addFolder; }
    [[nodiscard]] QAction& pasteAction() { return *m_paste; }
    [[nodiscard]] TransferPanel& panel() { return *m_panel; }
    [[nodiscard]] MessageBar& notice() { return *m_notice; }
    [[nodiscard]] TrustPanel& trustPanel() { return *m_trust; }
    [[nodiscard]] MessageBar& contactEnd() { return *m_contactEnd; }
    [[nodiscard]] HeldItems& heldItems() { return *m_held; }
    [[nodiscard]] QStringList held() const;

    /// The peer that a drop would go to; empty: none that can be used.
    [[nodiscard]] QString peer() const;

Q_SIGNALS:
    void peerChanged(const QString& peer);
    /// The page has a question.
    void attentionNeeded();
    /// How many first contacts wait for an answer, when that changes.
    void questionsWaiting(qsizetype count);
    void knownPeersRequested();

private:
    void makeActions();
    void arrange();
    void connectQueue();
    void chooseFiles();
    void chooseFolder();
    void sendHeld();
    void showLeftOut(int count);
    void showContactEnd(const TrustQuestion& question);
    void remember(const QList<TransferSnapshot>& uploads);
    void forgetPeer(const QString& peer);
    void cancel(const QList<TransferId>& ids);
    void showContent();

    UploadQueue& m_queue;
    Settings& m_settings;
    RecentPeers m_recent;
    QHash<QString, QString> m_typed; ///< by address: how it was typed, until somebody answers there
    TransferPanel* m_panel;
    MessageBar* m_notice;
    HeldItems* m_held;
    TrustPanel* m_trust;
    MessageBar* m_contactEnd;
    PeerField* m_peer;
    EmptyState* m_empty;
    QStackedLayout* m_content = nullptr;
    QAction* m_addFiles = nullptr;
    QAction* m_addFolder = nullptr;
    QAction* m_paste = nullptr;
    QAction* m_cancelAll = nullptr;
};

} // namespace sockdrop
