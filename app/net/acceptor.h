#pragma once

#include "connectionhandler.h"
#include "engine.h"

#include <QDeadlineTimer>
#include <QTcpServer>

#include <functional>
#include <memory>

namespace sockdrop {

/// Listens, counts and deals: each accepted descriptor goes on as it is, with a permit of the counts, in all
/// and of its address.
class Acceptor final : public QTcpServer
{
    Q_OBJECT

public:
    using Deal = std::function<void(Accepted)>;

    /// `handler` hears of connections over the limits.
    Acceptor(ConnectionHandler& handler, const Limits& limits, const Deal& deal);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    struct Counts;

    void refuse(const QHostAddress& peer, const QString& line);
    void acceptAgain();

    ConnectionHandler& m_handler;
    Deal m_deal;
    const Limits m_limits;
    std::shared_ptr<Counts> m_counts; ///< outlives this in the permits
    QDeadlineTimer m_quietUntil{0};
};

} // namespace sockdrop
