#include "safepath.h"

#include "logging.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Range
{
    char32_t first;
    char32_t last;
};

constexpr std::array forbiddenRanges{
    Range{0x0000, 0x001F}, // C0 controls
    Range{U'/', U'/'},     Range{U':', U':'},
    Range{U'\\', U'\\'},   Range{0x007F, 0x009F}, // DEL and C1 controls
    Range{0x061C, 0x061C},                        // Arabic letter mark
    Range{0x180E, 0x180E},                        // Mongolian vowel separator
    Range{0x200B, 0x200F}, // zero-width space and joiners, left-to-right and right-to-left marks
    Range{0x2028, 0x202E}, // line and paragraph separators, bidi embeddings and overrides
    Range{0x2060, 0x206F}, // word joiner, invisible operators, bidi isolates
    Range{0xFEFF, 0xFEFF}, // byte order mark
    Range{0xFFF9, 0xFFFB}, // interlinear annotations
};

bool isForbidden(char32_t c)
{
    const auto holds = [c](const Range& range) { return range.first <= c && c <= range.last; };
    return QChar::isNonCharacter(c) || std::any_of(forbiddenRanges.begin(), forbiddenRanges.end(), holds);
}

/// A zero-width (non-)joiner where scripts and emoji need one.
bool isNeededJoiner(const std::u32string& text, size_t index)
{
    const auto joins = [&text](size_t neighbour) {
        return neighbour < text.size() && text[neighbour] >= 0x80 && !isForbidden(text[neighbour]);
    };
    const bool isJoiner = text[index] == 0x200C || text[index] == 0x200D;
    return isJoiner && index > 0 && joins(index - 1) && joins(index + 1);
}

QString withoutForbidden(const QString& name)
{
    const std::u32string text = name.toStdU32String();
    std::u32string safe = text;
    for (size_t i = 0; i < text.size(); ++i) {
        if (isForbidden(text[i]) && !isNeededJoiner(text, i))
            safe[i] = U'_';
    }
    return QString::fromStdU32String(safe);
}

/// Windows opens the device for these names, whatever extension follows.
/// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
bool isDeviceName(const QString& name)
{
    QStringView stem = QStringView(name).left(name.indexOf(u'.'));
    while (stem.endsWith(u' '))
        stem.chop(1);
    const auto is = [stem](QStringView device) { return stem.compare(device, Qt::CaseInsensitive) == 0; };
    if (is(u"CON") || is(u"PRN") || is(u"AUX") || is(u"NUL") || is(u"CONIN$") || is(u"CONOUT$"))
        return true;
    const bool isPort = stem.size() == 4 && (stem.startsWith(u"COM"_s, Qt::CaseInsensitive) ||
                                             stem.startsWith(u"LPT"_s, Qt::CaseInsensitive));
    return isPort && u"0123456789¹²³"_s.contains(stem.back());
}

/// Whether a file system could take `name` for the staging folder's. Some ignore case and invisible
/// characters, so it is compared without any character that is not ASCII.
bool isStagingFolderName(const QString& name)
{
    QString plain = name.toCaseFolded();
    plain.removeIf([](QChar c) { return c.unicode() >= 0x80; });
    return plain == QLatin1StringView(stagingFolderName);
}

/// A hostile name as it may stand in a message.
QString shown(const QString& name)
{
    constexpr int longest = 80;
    QString safe = withoutForbidden(name);
    if (safe.size() <= longest)
        return safe;
    return safe.left(safe[longest - 1].isHighSurrogate() ? longest - 1 : longest) + u"…"_s;
}

/// Most names are like this: nothing in them can be wrong, and no rule below needs to be looked at.
bool isPlain(const QString& name, const Limits& limits)
{
    constexpr qsizetype longestDevice = 7; // "CONOUT$"
    const auto isPlainCharacter = [](QChar c) {
        const char16_t code = c.unicode();
        return (code >= u'a' && code <= u'z') || (code >= u'A' && code <= u'Z') ||
               (code >= u'0' && code <= u'9') || code == u'_' || code == u'-' || code == u'.' ||
               code == u' ' || code == u'+' || code == u',';
    };
    if (name.isEmpty() || name.size() > limits.nameBytes || name.front() == u'.' || name.back() == u'.' ||
        name.back() == u' ' || !std::all_of(name.begin(), name.end(), isPlainCharacter))
        return false;
    const qsizetype dot = name.indexOf(u'.');
    const bool isTooLong = (dot < 0 ? name.size() : dot) > longestDevice && !name.contains(u' ');
    return isTooLong || !isDeviceName(name);
}

Result<QString> safeComponent(const QString& component, const Limits& limits, bool isFirst)
{
    if (isPlain(component, limits))
        return component;
    if (!component.isValidUtf16())
        return Error{ErrorCode::UnsafeName, u"The name “%1” is not valid Unicode."_s.arg(shown(component))};

    QString name = withoutForbidden(component.normalized(QString::NormalizationForm_C));
    while (name.endsWith(u'.') || name.endsWith(u' '))
        name.chop(1);
    if (name.isEmpty())
        return Error{ErrorCode::UnsafeName, u"“%1” cannot be the name of a file."_s.arg(shown(component))};
    if (isDeviceName(name) || (isFirst && isStagingFolderName(name)))
        name.prepend(u'_');

    const qsizetype bytes = name.toUtf8().size();
    if (bytes > limits.nameBytes)
        return Error{ErrorCode::UnsafeName,
                     u"The name “%1” is too long: %2 bytes, at most %3 are possible."_s.arg(shown(component))
                         .arg(bytes)
                         .arg(limits.nameBytes)};
    return name;
}

Result<QStringList> safeComponents(const QStringList& components, const Limits& limits)
{
    if (components.isEmpty())
        return Error{ErrorCode::UnsafeName, u"The file has no name."_s};
    if (components.size() > limits.pathComponents)
        return SafePath::tooLong(components.first());
    // A bound on the work below; NFC never makes a name that much shorter.
    qsizetype units = 0;
    for (const QString& component : components)
        units += component.size();
    if (units > 2LL * limits.pathBytes)
        return SafePath::tooLong(components.first());

    QStringList safe;
    qsizetype bytes = components.size() - 1;
    for (const QString& component : components) {
        Result<QString> name = safeComponent(component, limits, safe.isEmpty());
        if (!name)
            return name.error();
        bytes += name->toUtf8().size();
        safe.append(std::move(name).value());
    }
    if (bytes > limits.pathBytes)
        return SafePath::tooLong(components.first());
    return safe;
}

} // namespace

Error SafePath::tooLong(const QString& path)
{
    return {ErrorCode::UnsafeName, u"The path “%1…” is too long or too deep."_s.arg(shown(path))};
}

SafePath SafePath::mapped(const std::function<QString(const QString&)>& name) const
{
    SafePath path = *this;
    for (QString& component : path.m_components) {
        const QString before = std::exchange(component, name(component));
        path.m_wasChanged = path.m_wasChanged || component != before;
    }
    return path;
}

Result<SafePath> SafePath::inFolder(const SafePath& parent, const QString& name, const Limits& limits)
{
    if (parent.m_components.size() >= limits.pathComponents)
        return tooLong(parent.m_components.first());
    Result<QString> safe = safeComponent(name, limits, parent.m_components.isEmpty());
    if (!safe) {
        qCInfo(lcFiles) << "refused a name:" << safe.error().text;
        return safe.error();
    }
    SafePath path = parent;
    path.m_wasChanged = path.m_wasChanged || safe.value() != name;
    path.m_components.append(std::move(safe).value());
    if (path.m_components.size() > 1 && path.toString().toUtf8().size() > limits.pathBytes)
        return tooLong(path.m_components.first());
    return path;
}

Result<SafePath> SafePath::fromUntrusted(const QStringList& components, const Limits& limits)
{
    Result<QStringList> safe = safeComponents(components, limits);
    if (!safe) {
        qCInfo(lcFiles) << "refused a name:" << safe.error().text;
        return safe.error();
    }
    SafePath path;
    path.m_components = std::move(safe).value();
    path.m_wasChanged = path.m_components != components;
    if (path.m_wasChanged)
        qCInfo(lcFiles) << "made safe:" << components << "is" << path.toString();
    return path;
}

} // namespace sockdrop
