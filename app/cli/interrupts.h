#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace sockdrop {

/// Turns the first SIGINT or SIGTERM into a signal of ours; the second one ends the process at once. Made in
/// the main thread before any other thread, which inherit that both are blocked. One a process.
class Interrupts final : public QObject
{
    Q_OBJECT

public:
    Interrupts();
    ~Interrupts() override;

Q_SIGNALS:
    void interrupted();

private:
    void take();

    int m_fd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace sockdrop
