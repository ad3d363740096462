#pragma once

#include <QString>
#include <QStringList>

namespace sockdrop {

/// Where the system keeps what it knows of names.
struct NameFiles
{
    QString hosts = QStringLiteral("/etc/hosts");          ///< hosts(5)
    QString resolver = QStringLiteral("/etc/resolv.conf"); ///< resolv.conf(5)
};

/// The names at which this device may be asked for something: its host name, with and without “.local”, with
/// the domains that the system knows it by, and what was allowed besides.
class OwnNames final
{
public:
    OwnNames() = default;
    OwnNames(QString hostName, const QStringList& allowed = {}, NameFiles files = {});

    /// In any case. The files are read anew each time, and only where a domain is in question: the network
    /// may have become another one.
    [[nodiscard]] bool contains(const QString& name) const;

private:
    [[nodiscard]] QStringList domains() const;

    QString m_hostName;
    QString m_label; ///< its first component
    QStringList m_allowed;
    NameFiles m_files;
};

} // namespace sockdrop
