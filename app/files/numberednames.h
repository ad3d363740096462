#pragma once

#include <QHash>
#include <QString>

#include <climits>
#include <map>
#include <optional>
#include <vector>

namespace sockdrop {

class SystemCalls;

/// The `number`th other name for `name`: "photo (1).jpg", "archive (1).tar.gz", ".bashrc (1)". The part
/// before the number is cut where the whole would be longer than a name may be.
[[nodiscard]] QString numberedName(const QString& name, int number, int mostBytes = NAME_MAX);
/// `name` with `mark` before its extension, cut before the mark to so many bytes of UTF-8.
[[nodiscard]] QString cutName(const QString& name, const QString& mark, int mostBytes);

/// The numbers that are taken for the names of a folder. The folder is read once, when the first one is asked
/// for: to try one number after the other takes too long where there are thousands. What comes to it later is
/// known only where it was noted.
class NumberedNames final
{
public:
    /// Above it there are too many.
    static constexpr int mostNumbers = 100'000;

    /// `mostBytes`: of a name there.
    explicit NumberedNames(int mostBytes = NAME_MAX) : m_mostBytes(mostBytes) {}

    /// As numberedName().
    [[nodiscard]] QString numbered(const QString& name, int number) const
    {
        return numberedName(name, number, m_mostBytes);
    }

    /// The numbers under which other names for `name` are there, rising.
    [[nodiscard]] const std::vector<int>& of(const SystemCalls& calls, int folder, const QString& name);
    /// The least number that is free.
    [[nodiscard]] int firstFree(const SystemCalls& calls, int folder, const QString& name);
    /// That number is taken by now.
    void note(const QString& name, int number);

private:
    struct Family
    {
        std::vector<int> numbers;
        int firstFree = 1;
    };

    void read(const SystemCalls& calls, int folder);
    [[nodiscard]] Family& family(const SystemCalls& calls, int folder, const QString& name);

    int m_mostBytes;
    std::optional<QHash<QString, QList<int>>> m_read; ///< by what stands around the number
    std::map<QString, Family> m_families;             ///< of the names that were asked for
};

} // namespace sockdrop
