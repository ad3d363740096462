// Names that a peer gives, on their way to the file system.
#include "check.h"
#include "safepath.h"

#include <QLoggingCategory>
#include <QString>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

bool isForbidden(QChar c)
{
    const ushort code = c.unicode();
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || c == u'/' || c == u'\\' || c == u':' ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0x200b ||
           code == 0x200e || code == 0x200f || code == 0x061c || code == 0x180e || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || code >= 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

bool isDeviceName(const QString& name)
{
    QString stem = name.section(u'.', 0, 0).toUpper();
    while (stem.endsWith(u' '))
        stem.chop(1);
    if (stem == "CON"_L1 || stem == "PRN"_L1 || stem == "AUX"_L1 || stem == "NUL"_L1 || stem == "CONIN$"_L1 ||
        stem == "CONOUT$"_L1)
        return true;
    const bool isPort = stem.startsWith("COM"_L1) || stem.startsWith("LPT"_L1);
    return isPort && stem.size() == 4 && u"0123456789\u00b9\u00b2\u00b3"_s.contains(stem[3]);
}

void checkComponent(const QString& name)
{
    SOCKDROP_CHECK(!name.isEmpty() && name != "."_L1 && name != ".."_L1);
    SOCKDROP_CHECK(name.toUtf8().size() <= Limits().nameBytes);
    SOCKDROP_CHECK(QString::fromUtf8(name.toUtf8()) == name);
    SOCKDROP_CHECK(name.normalized(QString::NormalizationForm_C) == name);
    SOCKDROP_CHECK(!name.endsWith(u'.') && !name.endsWith(u' '));
    SOCKDROP_CHECK(!isDeviceName(name));
    for (const QChar c : name)
        SOCKDROP_CHECK(!isForbidden(c));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    static const bool isQuiet = [] { // each name is logged
        QLoggingCategory::setFilterRules(u"*=false"_s);
        return true;
    }();
    Q_UNUSED(isQuiet)
    const Limits limits;
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    const QString utf8 = QString::fromUtf8(bytes);
    const QString utf16 =
        QString(reinterpret_cast<const QChar*>(QByteArray(bytes.data(), bytes.size() & ~1).constData()),
                bytes.size() / 2);
    for (const QString& text : {utf8, utf16}) {
        const Result<SafePath> path = SafePath::fromUntrusted(text.split(u'\n'), limits);
        if (!path)
            continue;
        SOCKDROP_CHECK(!path->components().isEmpty());
        SOCKDROP_CHECK(path->components().size() <= limits.pathComponents);
        SOCKDROP_CHECK(path->toString().toUtf8().size() <= limits.pathBytes);
        SOCKDROP_CHECK(path->wasChanged() == (path->components() != text.split(u'\n')));
        for (const QString& component : path->components())
            checkComponent(component);
        SOCKDROP_CHECK(path->components().constFirst().compare(QLatin1StringView(stagingFolderName),
                                                               Qt::CaseInsensitive) != 0);
        // What is safe stays as it is.
        const Result<SafePath> again = SafePath::fromUntrusted(path->components(), limits);
        SOCKDROP_CHECK(again);
        SOCKDROP_CHECK(again->components() == path->components());
        SOCKDROP_CHECK(!again->wasChanged());
    }
    return 0;
}
