#include "profile.h"

#include <QRegularExpression>
#include <QStandardPaths>

#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString folderIn(QStandardPaths::StandardLocation location, const QString& profileName)
{
    const QString base = QStandardPaths::writableLocation(location) + "/sockdrop"_L1;
    return profileName.isEmpty() ? base : base + "/profiles/"_L1 + profileName;
}

} // namespace

Result<Profile> Profile::named(const QString& name)
{
    static const QRegularExpression allowed(u"\\A[A-Za-z0-9_-]{0,32}\\z"_s);
    if (!allowed.match(name).hasMatch())
        return Error{ErrorCode::InvalidArgument,
                     u"“%1” is not a profile name: use up to 32 letters, digits, “-” and “_”."_s.arg(name)};
    return Profile(name);
}

QString Profile::configFolder() const
{
    return folderIn(QStandardPaths::GenericConfigLocation, m_name);
}

QString Profile::dataFolder() const
{
    return folderIn(QStandardPaths::GenericDataLocation, m_name);
}

QString Profile::socketName() const
{
    QString runtime = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
    return u"%1/sockdrop-%2%3"_s.arg(runtime, QString::number(getuid()),
                                     m_name.isEmpty() ? QString() : u'-' + m_name);
}

} // namespace sockdrop
