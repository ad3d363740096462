#include "fileicon.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString iconFor(const QMimeType& type)
{
    const QString name = type.name();
    for (const QString& group : {u"image"_s, u"audio"_s, u"video"_s}) {
        if (name.startsWith(group))
            return group;
    }
    const QString generic = type.genericIconName();
    if (generic == "package-x-generic"_L1 || name.contains("zip"_L1) || name.contains("compressed"_L1) ||
        name.endsWith("tar"_L1))
        return u"archive"_s;
    if (type.inherits(u"text/plain"_s) || generic == "x-office-document"_L1 || name == "application/pdf"_L1)
        return u"text"_s;
    return u"file"_s;
}

} // namespace

QString FileIcons::iconName(const QString& fileName)
{
    const qsizetype dot = fileName.lastIndexOf(u'.');
    const QString suffix = dot < 0 ? QString() : fileName.sliced(dot).toLower();
    const auto known = m_bySuffix.constFind(suffix);
    if (known != m_bySuffix.cend())
        return *known;
    constexpr qsizetype rememberedSuffixes = 1000; // a peer could name endless ones
    if (m_bySuffix.size() >= rememberedSuffixes)
        m_bySuffix.clear();
    QString icon = iconFor(m_database.mimeTypeForFile(u'x' + suffix, QMimeDatabase::MatchExtension));
    m_bySuffix.insert(suffix, icon);
    return icon;
}

} // namespace sockdrop
