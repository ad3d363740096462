#pragma once

#include "connectionhandler.h"
#include "listener.h"

#include <QObject>

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
    void adopt(Accepted accepted);

    Limits m_limits;
    QString m_hostName;
    std::unique_ptr<ConnectionHandler> m_handler;
    std::mutex m_mutex;
    std::vector<Accepted> m_inbox; ///< guarded by m_mutex
};

} // namespace sockdrop
