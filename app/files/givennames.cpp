#include "givennames.h"

#include <xxhash.h>

namespace sockdrop {

namespace {

/// Two paths of one hash would only make one of the files get a number in its name.
quint64 hashOf(const QString& path)
{
    return XXH3_64bits(path.utf16(), static_cast<size_t>(path.size()) * sizeof(char16_t));
}

} // namespace

GivenNames::Owner GivenNames::ownerFor(const QByteArray& file)
{
    return XXH3_64bits(file.constData(), static_cast<size_t>(file.size()));
}

bool GivenNames::take(const QString& path, Owner owner)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_owners.constFind(hashOf(path));
    if (found != m_owners.cend())
        return *found == owner;
    m_owners.insert(hashOf(path), owner);
    return true;
}

void GivenNames::giveBack(const QString& path, Owner owner)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_owners.constFind(hashOf(path));
    if (found != m_owners.cend() && *found == owner)
        m_owners.erase(found);
}

bool GivenNames::pass(const QString& path, Owner from, Owner to)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_owners.find(hashOf(path));
    if (found == m_owners.end() || (*found != from && *found != to))
        return false;
    *found = to;
    return true;
}

std::optional<GivenNames::Owner> GivenNames::ownerOf(const QString& path) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_owners.constFind(hashOf(path));
    return found == m_owners.cend() ? std::nullopt : std::optional(*found);
}

} // namespace sockdrop
