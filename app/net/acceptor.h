#pragma once

#include "connectionhandler.h"
#include "engine.h"

#include <QDeadlineTimer>
#include <QSocketNotifier>
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

    /// As listen().
    [[nodiscard]] bool begin(const QHostAddress& address, quint16 port);

private:
    struct Counts;

    void acceptSome();
    [[nodiscard]] bool acceptOne();
    void pause(int problem);
    void take(int descriptor);
    void refuse(const QHostAddress& peer, const QString& line);

    ConnectionHandler& m_handler;
    Deal m_deal;
    const Limits m_limits;
    std::shared_ptr<Counts> m_counts; ///< outlives this in the permits
    std::unique_ptr<QSocketNotifier> m_notifier;
    QDeadlineTimer m_quietUntil{0};
};

} // namespace sockdrop
