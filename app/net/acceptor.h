#pragma once

#include "connectionhandler.h"
#include "engine.h"

#include <QDeadlineTimer>
#include <QTcpServer>

#include <atomic>
#include <functional>
#include <memory>

namespace sockdrop {

/// Listens, counts and deals: each accepted descriptor goes on as it is, with a permit of the count.
class Acceptor final : public QTcpServer
{
    Q_OBJECT

public:
    using Deal = std::function<void(Accepted)>;

    /// `handler` hears of connections over the limit.
    Acceptor(ConnectionHandler& handler, int connectionLimit, const Deal& deal);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void refuse(qintptr descriptor);
    void acceptAgain();

    ConnectionHandler& m_handler;
    Deal m_deal;
    int m_limit;
    std::shared_ptr<std::atomic<int>> m_count = std::make_shared<std::atomic<int>>(0);
    QDeadlineTimer m_quietUntil{0};
};

} // namespace sockdrop
