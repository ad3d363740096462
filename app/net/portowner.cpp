#include "portowner.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <QTcpServer>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Adds what `/proc/PID/fd` shows for the sockets that listen on the port. `table` as in proc(5),
/// /proc/net/tcp.
void addListeningSockets(const QString& table, quint16 port, QSet<QString>& sockets)
{
    QFile file(table);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray& line : lines) {
        constexpr qsizetype localAddress = 1;
        constexpr qsizetype state = 3;
        constexpr qsizetype inode = 9;
        const QList<QByteArray> fields = line.simplified().split(' ');
        if (fields.size() <= inode || fields[state] != "0A")
            continue;
        if (fields[localAddress].split(':').last().toUShort(nullptr, 16) == port)
            sockets.insert(u"socket:[%1]"_s.arg(QLatin1StringView(fields[inode])));
    }
}

bool holdsOneOf(const QString& process, const QSet<QString>& sockets)
{
    const QDir descriptors(process + "/fd"_L1);
    const QStringList names = descriptors.entryList(QDir::Files | QDir::System | QDir::NoDotAndDotDot);
    return std::any_of(names.begin(), names.end(), [&](const QString& name) {
        const QString target = QFile::symLinkTarget(descriptors.filePath(name));
        return sockets.contains(QFileInfo(target).fileName());
    });
}

} // namespace

QString portOwner(quint16 port)
{
    QSet<QString> sockets;
    addListeningSockets(u"/proc/net/tcp"_s, port, sockets);
    addListeningSockets(u"/proc/net/tcp6"_s, port, sockets);
    if (sockets.isEmpty())
        return {};
    const QStringList processes = QDir(u"/proc"_s).entryList({u"[0-9]*"_s}, QDir::Dirs);
    for (const QString& id : processes) {
        const QString process = u"/proc/"_s + id;
        if (!holdsOneOf(process, sockets))
            continue;
        QFile name(process + "/comm"_L1);
        if (name.open(QIODevice::ReadOnly))
            return u"%1 (pid %2)"_s.arg(QString::fromLocal8Bit(name.readAll().trimmed()), id);
    }
    return {};
}

quint16 freePortNear(quint16 port)
{
    constexpr int tries = 100;
    constexpr int lowest = 1024; // those below belong to the system
    constexpr int highest = 65535;
    for (int candidate = std::max(port + 1, lowest);
         candidate <= std::min(std::max<int>(port, lowest) + tries, highest); ++candidate) {
        QTcpServer probe;
        if (probe.listen(QHostAddress::Any, static_cast<quint16>(candidate)))
            return static_cast<quint16>(candidate);
    }
    return 0;
}

} // namespace sockdrop
