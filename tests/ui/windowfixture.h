#pragma once

#include "mainwindow.h"
#include "receiver.h"
#include "sendpage.h"
#include "settings.h"
#include "uploadqueue.h"

#include <QComboBox>
#include <QDir>
#include <QLineEdit>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace sockdrop {

/// The main window and what it needs, in a folder of its own. Make a new one for each test.
class WindowFixture final
{
public:
    WindowFixture() : m_profile(profileIn(m_folder.path())), m_settings(m_profile)
    {
        m_settings.setDestination(path(QStringLiteral("inbox")));
        QDir().mkpath(m_settings.destination());
        m_settings.setPort(freePort());
        m_window = std::make_unique<MainWindow>(m_profile, m_settings, m_queue, m_receiver);
    }
    Q_DISABLE_COPY_MOVE(WindowFixture)

    /// False when there is no window to be seen.
    [[nodiscard]] bool show()
    {
        m_window->show();
        return QTest::qWaitForWindowExposed(m_window.get());
    }

    [[nodiscard]] MainWindow& window() { return *m_window; }
    [[nodiscard]] UploadQueue& queue() { return m_queue; }
    [[nodiscard]] Receiver& receiver() { return m_receiver; }
    [[nodiscard]] const Settings& settings() const { return m_settings; }
    [[nodiscard]] QString path(const QString& relative) const { return m_folder.filePath(relative); }

    void setPeer(const QString& peer)
    {
        m_window->sendPage().findChild<QComboBox*>()->lineEdit()->setText(peer);
    }

private:
    static Profile profileIn(const QString& folder)
    {
        qputenv("XDG_CONFIG_HOME", folder.toUtf8());
        return Profile::named(QStringLiteral("work")).value();
    }

    static quint16 freePort()
    {
        QTcpServer probe;
        return probe.listen() ? probe.serverPort() : quint16{0};
    }

    QTemporaryDir m_folder;
    Profile m_profile;
    Settings m_settings;
    Receiver m_receiver;
    UploadQueue m_queue{SendOptions{}};
    std::unique_ptr<MainWindow> m_window;
};

} // namespace sockdrop
