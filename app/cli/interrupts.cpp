#include "interrupts.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <sys/eventfd.h>
#include <unistd.h>

namespace sockdrop {

namespace {

// The only state a signal handler can reach.
std::atomic<int> wakeDescriptor = -1;
std::atomic<int> firstSignal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Only what signal-safety(7) allows.
void handleSignal(int number)
{
    const int before = errno;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    firstSignal = number;
    const quint64 once = 1;
    [[maybe_unused]] const ssize_t written = ::write(wakeDescriptor, &once, sizeof once);
    errno = before;
}

} // namespace

Interrupts::Interrupts() : m_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (m_fd < 0)
        return; // the signals keep ending the process at once
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Interrupts::take);
    wakeDescriptor = m_fd;
    struct sigaction action = {};
    action.sa_handler = handleSignal;
    // Also where a shell started us in the background with SIGINT ignored: a script stops us with it.
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

Interrupts::~Interrupts()
{
    if (m_fd < 0)
        return;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    wakeDescriptor = -1;
    m_notifier.reset();
    ::close(m_fd);
}

void Interrupts::take()
{
    m_notifier->setEnabled(false); // told once; the descriptor stays readable
    Q_EMIT interrupted(firstSignal);
}

} // namespace sockdrop
