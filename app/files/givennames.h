#pragma once

#include <QHash>
#include <QString>

#include <mutex>
#include <optional>

namespace sockdrop {

/// The names that the uploads of one sender have given in the destination since they began, or have found
/// their files under. Such a name is taken for every other file of theirs: what is replaced or compared was
/// there before. Thread-safe. Keeps two numbers for each name.
class GivenNames final
{
public:
    /// Tells the files of one sender from each other.
    using Owner = quint64;
    [[nodiscard]] static Owner ownerFor(const QByteArray& file);

    /// Takes a name, with the path of its folder, for a file; false where another file has it.
    [[nodiscard]] bool take(const QString& path, Owner owner);
    /// Gives a name back that the file did not get after all.
    void giveBack(const QString& path, Owner owner);
    /// Hands a name over; false where neither has it.
    [[nodiscard]] bool pass(const QString& path, Owner from, Owner to);
    /// Who has it; nothing where nobody has.
    [[nodiscard]] std::optional<Owner> ownerOf(const QString& path) const;

private:
    mutable std::mutex m_mutex;
    QHash<quint64, Owner> m_owners; ///< by the hash of the path
};

} // namespace sockdrop
