#include "destinationnames.h"

#include "filedescriptor.h"
#include "numberednames.h"
#include "systemcalls.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// No file system takes fewer.
constexpr qsizetype alwaysTaken = 100;

bool isSeldomRefused(QChar c)
{
    return u"?*<>\"|"_s.contains(c);
}

bool isTakenEverywhere(const QString& name)
{
    return std::none_of(name.begin(), name.end(), isSeldomRefused) &&
           (name.size() <= alwaysTaken / 3 || name.toUtf8().size() <= alwaysTaken);
}

} // namespace

DestinationNames::DestinationNames(const SystemCalls& calls, int folder)
    : m_calls(calls), m_mostBytes(NAME_MAX)
{
    struct statvfs status = {};
    if (m_calls.fstatvfs(folder, &status) == 0 && status.f_namemax >= alwaysTaken &&
        status.f_namemax < NAME_MAX)
        m_mostBytes = static_cast<int>(status.f_namemax);
}

bool DestinationNames::isOrdinary(const SafePath& path)
{
    return std::all_of(path.components().begin(), path.components().end(), isTakenEverywhere);
}

SafePath DestinationNames::fit(const SafePath& path, int staging) const
{
    std::call_once(m_isProbed, [this, staging] { probe(staging); });
    return path.mapped([this](QString name) {
        if (!m_takesAll)
            std::replace_if(name.begin(), name.end(), isSeldomRefused, u'_');
        return cutName(name, {}, m_mostBytes);
    });
}

void DestinationNames::probe(int staging) const
{
    const QByteArray name = QByteArray::number(QRandomGenerator::system()->generate64(), 16) + "-?*<>\"|";
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const FileDescriptor file(m_calls.openat(staging, name.constData(), flags, 0600), m_calls);
    m_takesAll = file.isOpen() || (errno != EINVAL && errno != EILSEQ && errno != ENOENT);
    if (file.isOpen())
        static_cast<void>(m_calls.unlinkat(staging, name.constData()));
}

} // namespace sockdrop
