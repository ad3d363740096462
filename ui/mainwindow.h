#pragma once

#include <QMainWindow>

#include <memory>

class QTabWidget;

namespace sockdrop {

struct Error;
class DropTarget;
class KnownPeers;
class LogDock;
class Profile;
class ReceivePage;
class Receiver;
class SendPage;
class Settings;
class TlsContext;
class UploadQueue;

/// The window: arranges the pages and the log and connects them.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(const Profile& profile, Settings& settings, UploadQueue& queue, Receiver& receiver,
               QWidget* parent = nullptr);

    /// Who this device is, and whom it knows. Once, before receiving is turned on.
    void setTrust(const std::shared_ptr<const TlsContext>& identity,
                  const std::shared_ptr<KnownPeers>& knownPeers);

    /// Something that stands in the way of all uploads.
    void showProblem(const Error& error);
    void showWarning(const QString& text);

    /// Says what is missing for the pictures; everything can be done without them.
    void tellOfMissingPictures();

    /// Takes paths from a command line: asks before it sends them. None: only shows itself.
    void offer(const QStringList& paths);

    [[nodiscard]] SendPage& sendPage() { return *m_sendPage; }
    [[nodiscard]] ReceivePage& receivePage() { return *m_receivePage; }
    [[nodiscard]] LogDock& logDock() { return *m_log; }
    [[nodiscard]] QTabWidget& tabs() { return *m_tabs; }

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void arrange();
    void makeMenus();
    void connectParts(UploadQueue& queue, Receiver& receiver);
    void showTitle();
    void showTabs();
    void showWaiting(qsizetype& known, qsizetype count);
    void showKnownPeers();
    void showAbout();
    [[nodiscard]] QStringList whatQuittingEnds() const;
    [[nodiscard]] bool mayQuit();
    void restoreWindow();
    void fitScreen();

    Settings& m_settings;
    Receiver& m_receiver;
    std::shared_ptr<KnownPeers> m_knownPeers;
    QString m_fingerprint;
    qsizetype m_offersWaiting = 0;
    qsizetype m_questionsWaiting = 0;
    QString m_profileName;
    QTabWidget* m_tabs;
    SendPage* m_sendPage;
    ReceivePage* m_receivePage;
    LogDock* m_log;
    DropTarget* m_dropTarget;
};

} // namespace sockdrop
