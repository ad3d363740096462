#pragma once

#include <QtGlobal>

namespace sockdrop {

class SystemCalls;

/// Owns an open file or folder; closes it through the system calls it was opened with, which must outlive it.
class FileDescriptor final
{
public:
    FileDescriptor() = default;
    /// Takes over `number`; -1 is none.
    FileDescriptor(int number, const SystemCalls& calls) : m_calls(&calls), m_number(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    /// Closes without a look at the result: right for folders and for files nothing was written to.
    ~FileDescriptor();
    Q_DISABLE_COPY(FileDescriptor)

    [[nodiscard]] bool isOpen() const { return m_number >= 0; }
    [[nodiscard]] int number() const { return m_number; }

    /// Closes now; 0 or the errno value. It is closed either way.
    [[nodiscard]] int close();

private:
    const SystemCalls* m_calls = nullptr;
    int m_number = -1;
};

} // namespace sockdrop
