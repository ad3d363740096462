#include "settings.h"

#include "peeraddress.h"

#include <QDir>
#include <QStandardPaths>
#include <QSysInfo>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr QLatin1StringView deviceNameKey = "device/name"_L1;
constexpr QLatin1StringView destinationKey = "receive/destination"_L1;
constexpr QLatin1StringView portKey = "receive/port"_L1;
constexpr QLatin1StringView conflictKey = "receive/conflict"_L1;
constexpr QLatin1StringView acceptKey = "receive/accept"_L1;
constexpr QLatin1StringView plainKey = "receive/plain"_L1;
constexpr QLatin1StringView peerKey = "send/peer"_L1;
constexpr QLatin1StringView recentKey = "send/recentPeers"_L1;
constexpr QLatin1StringView geometryKey = "window/geometry"_L1;
constexpr QLatin1StringView stateKey = "window/state"_L1;

} // namespace

Settings::Settings(const Profile& profile)
    : m_settings(profile.configFolder() + "/settings.ini"_L1, QSettings::IniFormat)
{}

QString Settings::deviceName(const QString& fingerprint) const
{
    constexpr qsizetype digits = 4;
    const QString name = m_settings.value(deviceNameKey).toString().trimmed();
    if (!name.isEmpty() || fingerprint.isEmpty())
        return name.isEmpty() ? QSysInfo::machineHostName() : name;
    return u"%1-%2"_s.arg(QSysInfo::machineHostName(), fingerprint.first(digits));
}

void Settings::setDeviceName(const QString& name)
{
    m_settings.setValue(deviceNameKey, name);
}

QString Settings::destination() const
{
    QString folder = m_settings.value(destinationKey).toString();
    if (QDir::isAbsolutePath(folder))
        return folder;
    return QStandardPaths::writableLocation(QStandardPaths::DownloadLocation);
}

bool Settings::isDestinationChosen() const
{
    return QDir::isAbsolutePath(m_settings.value(destinationKey).toString());
}

void Settings::setDestination(const QString& folder)
{
    m_settings.setValue(destinationKey, folder);
}

quint16 Settings::port() const
{
    const int port = m_settings.value(portKey, defaultPort).toInt();
    return port >= 1 && port <= 65535 ? static_cast<quint16>(port) : defaultPort;
}

void Settings::setPort(quint16 port)
{
    m_settings.setValue(portKey, port);
}

ConflictPolicy Settings::conflictPolicy() const
{
    return conflictPolicyFromName(m_settings.value(conflictKey).toString()).value_or(ConflictPolicy::Rename);
}

void Settings::setConflictPolicy(ConflictPolicy policy)
{
    m_settings.setValue(conflictKey, conflictPolicyName(policy));
}

AcceptPolicy Settings::acceptPolicy() const
{
    return acceptPolicyFromName(m_settings.value(acceptKey).toString()).value_or(AcceptPolicy::Ask);
}

void Settings::setAcceptPolicy(AcceptPolicy policy)
{
    m_settings.setValue(acceptKey, acceptPolicyName(policy));
}

bool Settings::takesPlain() const
{
    // Not toBool(): it takes any word for a yes.
    return m_settings.value(plainKey).toString() == "true"_L1;
}

void Settings::setTakesPlain(bool takesPlain)
{
    m_settings.setValue(plainKey, takesPlain);
}

QString Settings::peer() const
{
    return m_settings.value(peerKey).toString();
}

void Settings::setPeer(const QString& peer)
{
    m_settings.setValue(peerKey, peer);
}

QStringList Settings::recentPeers() const
{
    return m_settings.value(recentKey).toStringList();
}

void Settings::setRecentPeers(const QStringList& peers)
{
    m_settings.setValue(recentKey, peers);
}

QByteArray Settings::windowGeometry() const
{
    return m_settings.value(geometryKey).toByteArray();
}

QByteArray Settings::windowState() const
{
    return m_settings.value(stateKey).toByteArray();
}

void Settings::setWindow(const QByteArray& geometry, const QByteArray& state)
{
    m_settings.setValue(geometryKey, geometry);
    m_settings.setValue(stateKey, state);
}

} // namespace sockdrop
