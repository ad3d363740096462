#include "openpath.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDesktopServices>
#include <QFileInfo>
#include <QGuiApplication>
#include <QPointer>
#include <QThreadPool>
#include <QUrl>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

bool openNow(const QString& path)
{
    return QDesktopServices::openUrl(QUrl::fromLocalFile(path));
}

/// Calls `then` with whether there is something, be it a link that leads nowhere.
void lookUp(const QString& path, QObject& context, std::function<void(bool)> then)
{
    QThreadPool::globalInstance()->start([path, then = std::move(then), context = QPointer(&context)] {
        const QFileInfo info(path);
        const bool isThere = info.exists() || info.isSymLink();
        QMetaObject::invokeMethod(qApp, [isThere, then, context] {
            if (context)
                then(isThere);
        });
    });
}

void showNow(const QString& path)
{
    const QString folder = QFileInfo(path).path();
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        openNow(folder);
        return;
    }
    // https://www.freedesktop.org/wiki/Specifications/file-manager-interface/
    QDBusMessage call =
        QDBusMessage::createMethodCall(u"org.freedesktop.FileManager1"_s, u"/org/freedesktop/FileManager1"_s,
                                       u"org.freedesktop.FileManager1"_s, u"ShowItems"_s);
    call << QStringList{QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded)} << QString();
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), qApp);
    QObject::connect(watcher, &QDBusPendingCallWatcher::finished, qApp, [watcher, folder] {
        if (QDBusPendingReply<>(*watcher).isError())
            openNow(folder);
        watcher->deleteLater();
    });
}

} // namespace

void openPath(const QString& path, QObject& context, OpeningEnded ended)
{
    lookUp(path, context, [path, ended = std::move(ended)](bool isThere) {
        ended(!isThere ? Opening::Gone : openNow(path) ? Opening::Opened : Opening::NoProgram);
    });
}

void showInFolder(const QString& path, QObject& context, OpeningEnded ended)
{
    lookUp(path, context, [path, ended = std::move(ended)](bool isThere) {
        if (isThere)
            showNow(path);
        ended(isThere ? Opening::Opened : Opening::Gone);
    });
}

} // namespace sockdrop
