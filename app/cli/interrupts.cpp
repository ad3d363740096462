#include "interrupts.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace sockdrop {

namespace {

sigset_t stopSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

} // namespace

Interrupts::Interrupts()
{
    const sigset_t set = stopSignals();
    m_fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m_fd < 0)
        return; // the signals keep ending the process at once
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Interrupts::take);
}

Interrupts::~Interrupts()
{
    m_notifier.reset();
    if (m_fd >= 0)
        ::close(m_fd);
}

void Interrupts::take()
{
    signalfd_siginfo information{};
    if (::read(m_fd, &information, sizeof information) != sizeof information)
        return;
    // A shell starts background jobs with SIGINT ignored: without a reset the second one would be lost there.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    const sigset_t set = stopSignals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    m_notifier->setEnabled(false);
    Q_EMIT interrupted();
}

} // namespace sockdrop
