#pragma once

#include "acceptpolicy.h"
#include "conflictpolicy.h"
#include "profile.h"

#include <QByteArray>
#include <QSettings>
#include <QStringList>

namespace sockdrop {

/// What a person chose, kept in settings.ini of the profile's configuration folder. GUI or main thread.
/// A value that cannot be used (edited by hand, from another version) reads as the default.
class Settings final
{
public:
    explicit Settings(const Profile& profile);

    /// Default: the host name with the first digits of the device's key, of which an honest device of the
    /// same host name has others: else each would take the other for an impostor. `fingerprint` may be empty.
    [[nodiscard]] QString deviceName(const QString& fingerprint) const;
    void setDeviceName(const QString& name);

    [[nodiscard]] QString destination() const;      ///< absolute path; default: the downloads folder
    [[nodiscard]] bool isDestinationChosen() const; ///< else it is the default, which may have to be made
    void setDestination(const QString& folder);

    [[nodiscard]] quint16 port() const; ///< 1 to 65535; default: defaultPort
    void setPort(quint16 port);

    [[nodiscard]] ConflictPolicy conflictPolicy() const; ///< default: Rename
    void setConflictPolicy(ConflictPolicy policy);

    [[nodiscard]] AcceptPolicy acceptPolicy() const; ///< default: Ask
    void setAcceptPolicy(AcceptPolicy policy);

    [[nodiscard]] bool takesPlain() const; ///< uploads without encryption, too; default: false
    void setTakesPlain(bool takesPlain);

    [[nodiscard]] QString peer() const; ///< what stands in the peer field
    void setPeer(const QString& peer);

    [[nodiscard]] QStringList recentPeers() const; ///< newest first
    void setRecentPeers(const QStringList& peers);

    [[nodiscard]] QByteArray windowGeometry() const;
    [[nodiscard]] QByteArray windowState() const;
    void setWindow(const QByteArray& geometry, const QByteArray& state);

private:
    QSettings m_settings;
};

} // namespace sockdrop
