#include "targetfolders.h"

#include "confinedfolder.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<TargetFolders::Target> TargetFolders::find(const QString& path)
{
    if (path.size() > m_limits.pathBytes)
        return SafePath::tooLong(path);
    const qsizetype slash = path.lastIndexOf(u'/');
    const QString parentPath = path.left(std::max<qsizetype>(slash, 0));
    if (parentPath != m_lastPath || slash == 0) {
        if (slash >= 0) {
            const Result<SafePath> parent = SafePath::fromUntrusted(parentPath.split(u'/'), m_limits);
            if (!parent)
                return parent.error();
            m_lastParent = m_folder.fit(parent.value());
        } else {
            m_lastParent = SafePath::top();
        }
        m_lastPath = parentPath;
    }
    const Result<SafePath> safe = SafePath::inFolder(m_lastParent, path.sliced(slash + 1), m_limits);
    if (!safe)
        return safe.error();
    return Target{m_lastParent, m_folder.fit(safe.value())};
}

Result<TargetFolders::Folder*> TargetFolders::peek(const SafePath& parent)
{
    const QString key = parent.toString();
    const auto known = m_open.find(key);
    if (known != m_open.end())
        return &known->second;
    Result<FileDescriptor> opened =
        openBelow(m_folder.calls(), m_folder.descriptor(), parent.components(), MissingFolders::Fail);
    if (!opened && opened.error().code != ErrorCode::NotFound)
        return opened.error();
    // Descriptors are few, and files of one folder follow each other.
    if (std::ssize(m_open) >= m_limits.openFolders)
        m_open.clear();
    Folder folder{{}, NumberedNames(m_folder.nameBytes())};
    if (opened)
        folder.descriptor = std::move(opened).value();
    return &m_open.emplace(key, std::move(folder)).first->second;
}

Result<TargetFolders::Folder*> TargetFolders::open(const SafePath& parent)
{
    Result<Folder*> known = peek(parent);
    if (!known || known.value()->descriptor.isOpen())
        return known;
    Result<FileDescriptor> made =
        openBelow(m_folder.calls(), m_folder.descriptor(), parent.components(), MissingFolders::MakeUnsynced);
    if (!made)
        return made.error();
    // Folders above it that were known to be missing are there now; they are found when they are needed.
    std::erase_if(m_open, [](const auto& entry) { return !entry.second.descriptor.isOpen(); });
    Folder folder{{}, NumberedNames(m_folder.nameBytes())};
    folder.descriptor = std::move(made).value();
    return &m_open.insert_or_assign(parent.toString(), std::move(folder)).first->second;
}

} // namespace sockdrop
