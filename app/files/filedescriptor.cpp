#include "filedescriptor.h"

#include "systemcalls.h"

#include <cerrno>
#include <utility>

namespace sockdrop {

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : m_calls(other.m_calls), m_number(std::exchange(other.m_number, -1))
{}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept
{
    FileDescriptor taken(std::move(other));
    std::swap(m_calls, taken.m_calls);
    std::swap(m_number, taken.m_number);
    return *this;
}

FileDescriptor::~FileDescriptor()
{
    const int before = errno;
    static_cast<void>(close());
    errno = before;
}

int FileDescriptor::close()
{
    if (!isOpen())
        return 0;
    // Linux lets go of the number even when close() fails, so that a second try could hit another file.
    return m_calls->close(std::exchange(m_number, -1)) == 0 ? 0 : errno;
}

} // namespace sockdrop
