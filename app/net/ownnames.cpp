#include "ownnames.h"

#include <QFile>
#include <QUrl>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Its lines, each as words, without comments. They are small; what is larger is none of them.
QList<QStringList> wordsOf(const QString& path)
{
    constexpr qint64 mostBytes = 256LL * 1024;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QList<QStringList> lines;
    const QStringList all = QString::fromUtf8(file.read(mostBytes)).split(u'\n');
    for (const QString& line : all)
        lines += line.section(u'#', 0, 0).section(u';', 0, 0).simplified().split(u' ', Qt::SkipEmptyParts);
    return lines;
}

/// The domains of the full names that stand beside this short one.
QStringList domainsInHosts(const QString& path, const QString& label)
{
    QStringList domains;
    for (const QStringList& words : wordsOf(path)) {
        if (!words.mid(1).contains(label, Qt::CaseInsensitive))
            continue;
        for (const QString& name : words.mid(1)) {
            if (name.startsWith(label + u'.', Qt::CaseInsensitive))
                domains += name.sliced(label.size() + 1);
        }
    }
    return domains;
}

/// The last line counts.
QStringList searchedDomains(const QString& path)
{
    QStringList domains;
    for (const QStringList& words : wordsOf(path)) {
        if (words.value(0) == "search"_L1 || words.value(0) == "domain"_L1)
            domains = words.mid(1);
    }
    for (QString& domain : domains) {
        while (domain.endsWith(u'.'))
            domain.chop(1);
    }
    domains.removeAll(QString());
    return domains;
}

} // namespace

OwnNames::OwnNames(QString hostName, const QStringList& allowed, NameFiles files)
    : m_hostName(std::move(hostName)), m_label(m_hostName.section(u'.', 0, 0)), m_files(std::move(files))
{
    for (const QString& name : allowed)
        m_allowed += QString::fromLatin1(QUrl::toAce(name)); // as browsers ask for it
}

bool OwnNames::contains(const QString& name) const
{
    const auto is = [&name](const QString& own) { return name.compare(own, Qt::CaseInsensitive) == 0; };
    if (name.isEmpty())
        return false;
    if (m_allowed.contains(name, Qt::CaseInsensitive))
        return true;
    if (m_label.isEmpty())
        return false;
    if (is(m_hostName) || is(m_label) || is(m_hostName + ".local"_L1) || is(m_label + ".local"_L1))
        return true;
    return name.startsWith(m_label + u'.', Qt::CaseInsensitive) &&
           domains().contains(name.sliced(m_label.size() + 1), Qt::CaseInsensitive);
}

QStringList OwnNames::domains() const
{
    return domainsInHosts(m_files.hosts, m_label) + searchedDomains(m_files.resolver);
}

} // namespace sockdrop
