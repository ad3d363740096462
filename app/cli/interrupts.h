#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace sockdrop {

/// Turns the first SIGINT or SIGTERM into a signal of ours; the second one ends the process at once, even
/// while the main thread waits for whoever reads its output. At most one at a time, in the main thread.
class Interrupts final : public QObject
{
    Q_OBJECT

public:
    Interrupts();
    ~Interrupts() override;

Q_SIGNALS:
    /// By SIGINT or SIGTERM, whose number it is.
    void interrupted(int number);

private:
    void take();

    int m_fd;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace sockdrop
