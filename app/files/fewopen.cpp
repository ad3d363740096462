#include "fewopen.h"

#include <iterator>

namespace sockdrop {

std::optional<FileNumber> FewOpen::use(FileNumber file)
{
    if (!m_files.empty() && m_files.back() == file)
        return std::nullopt;
    std::erase(m_files, file);
    m_files.push_back(file);
    if (std::ssize(m_files) <= m_most)
        return std::nullopt;
    const FileNumber idle = m_files.front();
    m_files.pop_front();
    return idle;
}

} // namespace sockdrop
