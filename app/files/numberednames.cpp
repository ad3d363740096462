#include "numberednames.h"

#include "foldernames.h"
#include "safepath.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Where the extension begins, its dot included; the end where there is none. A dotfile's first dot begins
/// none.
qsizetype extensionStart(const QString& name)
{
    constexpr qsizetype longest = 10;
    const auto isExtension = [](QStringView text) {
        return !text.isEmpty() && text.size() <= longest &&
               std::all_of(text.begin(), text.end(), [](QChar c) { return c.isLetterOrNumber(); });
    };
    const qsizetype dot = name.lastIndexOf(u'.');
    if (dot <= 0 || !isExtension(QStringView(name).sliced(dot + 1)))
        return name.size();
    const bool isTar = dot > 4 && QStringView(name).first(dot).endsWith(u".tar", Qt::CaseInsensitive);
    return isTar ? dot - 4 : dot;
}

struct Numbered
{
    QString around; ///< the name without the number and what belongs to it
    int number = 0;
};

/// What numberedName() made a name of; nothing for one that it did not make.
std::optional<Numbered> parseNumbered(const QString& name)
{
    const qsizetype close = name.lastIndexOf(u')');
    const qsizetype open = close < 0 ? -1 : name.lastIndexOf(u" ("_s, close);
    if (open < 1)
        return std::nullopt;
    const QStringView digits = QStringView(name).sliced(open + 2, close - open - 2);
    bool isNumber = false;
    const int number = digits.toInt(&isNumber);
    if (!isNumber || number < 1 || QString::number(number) != digits)
        return std::nullopt;
    return Numbered{name.first(open) + u'/' + name.sliced(close + 1), number};
}

} // namespace

QString numberedName(const QString& name, int number, int mostBytes)
{
    return cutName(name, u" (%1)"_s.arg(number), mostBytes);
}

QString cutName(const QString& name, const QString& mark, int mostBytes)
{
    const qsizetype start = extensionStart(name);
    const QString end = mark + name.sliced(start);
    QString stem = name.first(start);
    while (stem.size() > 1 && stem.toUtf8().size() + end.toUtf8().size() > mostBytes)
        stem.chop(stem.back().isLowSurrogate() ? 2 : 1);
    return stem + end;
}

const std::vector<int>& NumberedNames::of(const SystemCalls& calls, int folder, const QString& name)
{
    return family(calls, folder, name).numbers;
}

int NumberedNames::firstFree(const SystemCalls& calls, int folder, const QString& name)
{
    Family& found = family(calls, folder, name);
    const auto isTaken = [&found](int number) {
        return std::binary_search(found.numbers.begin(), found.numbers.end(), number);
    };
    while (isTaken(found.firstFree))
        ++found.firstFree;
    return found.firstFree;
}

void NumberedNames::note(const QString& name, int number)
{
    std::vector<int>& numbers = m_families[name].numbers;
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number);
    if (at == numbers.end() || *at != number)
        numbers.insert(at, number);
}

void NumberedNames::read(const SystemCalls& calls, int folder)
{
    m_read.emplace();
    forEachName(calls, folder, [this](const QByteArray& name) {
        if (!name.contains(" ("))
            return;
        if (const auto numbered = parseNumbered(QString::fromUtf8(name)))
            (*m_read)[numbered->around].append(numbered->number);
    });
}

NumberedNames::Family& NumberedNames::family(const SystemCalls& calls, int folder, const QString& name)
{
    const auto [found, isNew] = m_families.try_emplace(name);
    if (!isNew)
        return found->second;
    if (!m_read)
        read(calls, folder);
    // With more digits more of a long name is cut off.
    for (int least = 1; least < mostNumbers; least *= 10) {
        const auto sample = parseNumbered(numbered(name, least));
        for (const int number : sample ? m_read->value(sample->around) : QList<int>()) {
            if (number >= least && number < least * 10)
                found->second.numbers.push_back(number);
        }
    }
    std::sort(found->second.numbers.begin(), found->second.numbers.end());
    return found->second;
}

} // namespace sockdrop
