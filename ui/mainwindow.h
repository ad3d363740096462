#pragma once

#include <QMainWindow>

class QTabWidget;

namespace sockdrop {

class DropTarget;
class LogDock;
class Profile;
class ReceivePage;
class Receiver;
class SendPage;
class Settings;
class UploadQueue;

/// The window: arranges the pages and the log and connects them.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(const Profile& profile, Settings& settings, UploadQueue& queue, Receiver& receiver,
               QWidget* parent = nullptr);

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
    void showAbout();
    [[nodiscard]] QStringList whatQuittingEnds() const;
    [[nodiscard]] bool mayQuit();
    void restoreWindow();
    void fitScreen();

    Settings& m_settings;
    QString m_profileName;
    QTabWidget* m_tabs;
    SendPage* m_sendPage;
    ReceivePage* m_receivePage;
    LogDock* m_log;
    DropTarget* m_dropTarget;
};

} // namespace sockdrop
