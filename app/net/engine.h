#pragma once

#include "connectionhandler.h"
#include "listener.h"
#include "tlstunnel.h"

#include <QObject>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace sockdrop {

/// An accepted connection on its way to its engine thread. Closes the descriptor unless somebody takes it.
class Accepted final
{
public:
    /// `permit` counts the connection as long as it is held.
    Accepted(qintptr descriptor, std::shared_ptr<void> permit);
    ~Accepted();
    Accepted(Accepted&& other) noexcept;
    Accepted& operator=(Accepted&& other) noexcept;
    Q_DISABLE_COPY(Accepted)

    [[nodiscard]] qintptr takeDescriptor();
    [[nodiscard]] const std::shared_ptr<void>& permit() const { return m_permit; }

private:
    qintptr m_descriptor;
    std::shared_ptr<void> m_permit;
};

/// What runs on one engine thread: its connections and their handler. Made and destroyed on that thread.
class Engine final : public QObject
{
    Q_OBJECT

public:
    Engine(const ListenOptions& options, std::unique_ptr<ConnectionHandler> handler);
    ~Engine() override;

    [[nodiscard]] ConnectionHandler& handler() { return *m_handler; }

    /// From any thread.
    void post(Accepted accepted);

protected:
    bool event(QEvent* event) override;

private:
    using Task = std::function<void()>;

    void post(Task task);
    void adopt(SocketDescriptor socket, const std::shared_ptr<void>& permit);
    /// `stranger` has not shown its key yet.
    void openTunnel(SocketDescriptor socket, const std::shared_ptr<void>& permit, const RemotePeer& stranger);
    void connectTo(SocketDescriptor socket, const std::shared_ptr<void>& permit, const RemotePeer& peer);

    Limits m_limits;
    OwnNames m_names;
    std::shared_ptr<const TlsContext> m_tls;
    std::unique_ptr<ConnectionHandler> m_handler;
    std::map<quint64, std::unique_ptr<TlsTunnel>> m_tunnels;
    quint64 m_lastTunnel = 0;
    std::mutex m_mutex;
    std::vector<Task> m_inbox; ///< guarded by m_mutex
};

} // namespace sockdrop
