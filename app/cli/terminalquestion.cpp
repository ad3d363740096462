#include "terminalquestion.h"

#include <array>
#include <termios.h>
#include <unistd.h>

namespace sockdrop {

namespace {

constexpr qsizetype mostLineBytes = 1024;

}

TerminalQuestion::TerminalQuestion() : m_notifier(STDIN_FILENO, QSocketNotifier::Read)
{
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &TerminalQuestion::read);
}

bool TerminalQuestion::isPossible()
{
    return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
}

void TerminalQuestion::listen()
{
    if (m_notifier.isEnabled())
        return;
    ::tcflush(STDIN_FILENO, TCIFLUSH);
    m_line.clear();
    m_notifier.setEnabled(true);
}

void TerminalQuestion::read()
{
    std::array<char, 256> some{};
    const ssize_t count = ::read(STDIN_FILENO, some.data(), some.size());
    if (count <= 0) {
        m_notifier.setEnabled(false);
        Q_EMIT ended();
        return;
    }
    m_line += QByteArrayView(some.data(), count);
    for (qsizetype end = m_line.indexOf('\n'); end >= 0; end = m_line.indexOf('\n')) {
        const QString line = QString::fromUtf8(m_line.first(end)).trimmed();
        m_line.remove(0, end + 1);
        Q_EMIT answered(line);
    }
    if (m_line.size() > mostLineBytes)
        m_line.clear();
}

} // namespace sockdrop
