#pragma once

#include "acceptor.h"
#include "listener.h"

#include <QThread>

#include <future>

namespace sockdrop {

class Engine;

/// One engine thread: an event loop around an Engine, and around the Acceptor on the first one.
class EngineThread final : public QThread
{
    Q_OBJECT

public:
    EngineThread(const ListenOptions& options, const Listener::MakeHandler& makeHandler);
    /// As stop().
    ~EngineThread() override;

    /// Starts the thread and waits until it is at work. With `deal` it listens and deals out what it accepts;
    /// the port then, else 0.
    [[nodiscard]] Result<quint16> launch(const Acceptor::Deal& deal);

    /// From any thread, while it runs.
    void post(Accepted accepted);

    void stop();

protected:
    void run() override;

private:
    [[nodiscard]] Result<quint16> listen(Acceptor& acceptor) const;

    ListenOptions m_options;
    Listener::MakeHandler m_makeHandler;
    Acceptor::Deal m_deal;
    Engine* m_engine = nullptr;
    // Beside QThread's own means, as ThreadSanitizer does not see into a Qt that was built without it.
    std::promise<Result<quint16>> m_started;
    std::promise<void> m_stopped;
    std::future<void> m_running; ///< valid from launch() to stop()
};

} // namespace sockdrop
