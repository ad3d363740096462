#pragma once

#include "channel.h"
#include "framestream.h"
#include "httpmessage.h"
#include "remotepeer.h"

#include <functional>
#include <memory>
#include <variant>

namespace sockdrop {

/// Decides what requests get. One handler an engine thread, made, called and destroyed there. It owns the
/// channels that it took; when it is destroyed, they must go with it.
class ConnectionHandler
{
public:
    using Reply = std::function<void(const HttpResponse&)>;
    /// Told when the peer goes away before it was answered.
    using Withdrawn = std::function<void()>;
    using TakeChannel = std::function<void(std::unique_ptr<Channel>)>;

    /// Takes the bare connection once the upgrade is answered; `permit` is held as long as it is open.
    struct TakeSocket
    {
        QByteArray protocol; ///< Sec-WebSocket-Protocol of the answer
        std::function<void(SocketDescriptor, std::shared_ptr<void> permit)> take;
    };
    using Decision = std::variant<HttpResponse, TakeChannel, TakeSocket>;

    ConnectionHandler() = default;
    virtual ~ConnectionHandler() = default;
    Q_DISABLE_COPY_MOVE(ConnectionHandler)

    /// A well-formed request with allowed Host and Origin that is no WebSocket upgrade. Answered by one call
    /// of `reply`, now or later, on this thread; a call after the connection went away does nothing. What it
    /// returns is called once, on this thread, if that comes first; it may be empty.
    [[nodiscard]] virtual Withdrawn request(const HttpRequest& request, const RemotePeer& peer,
                                            const Reply& reply) = 0;

    /// A well-formed upgrade request with allowed Host and Origin: a refusal, or who takes what comes of it.
    /// That one is destroyed without a call when the peer goes away before.
    [[nodiscard]] virtual Decision upgrade(const HttpRequest& request, const RemotePeer& peer) = 0;

    /// A connection was turned away before any of the two above; told once a connection, and once
    /// for a burst of connections over Limits::connections or Limits::connectionsPerAddress. `line` is for
    /// the log.
    virtual void refused(const QHostAddress& peer, int status, const QString& line) = 0;
};

} // namespace sockdrop
