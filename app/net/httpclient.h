#pragma once

#include "httpmessage.h"
#include "peerline.h"

namespace sockdrop {

/// What a receiver answered.
struct HttpAnswer
{
    int status = 0;
    QByteArray body;
};

/// Sends one request over a line that is closed afterwards, and waits for the whole answer (RFC 9112), at
/// most `timeout`. `request` needs no headers but its own: Host, Content-Length and Connection are added.
/// ProtocolError for what is no HTTP; TooLarge over Limits::httpHeadBytes or httpAnswerBytes; TimedOut,
/// ConnectionLost, Cancelled. The texts name `peer`.
[[nodiscard]] Result<HttpAnswer> exchange(PeerLine line, const PeerAddress& peer, const HttpRequest& request,
                                          std::chrono::milliseconds timeout, const Limits& limits,
                                          const Interruption& interruption);

/// The head of an answer, taken apart.
struct HttpAnswerHead
{
    QByteArray line; ///< the status line
    int status = 0;
    QList<HttpHeader> headers;

    /// The first value of a header, whatever its case; empty where it is absent.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
};

/// Reads the head of an answer up to the empty line; what came behind it is left in `rest`. As above.
[[nodiscard]] Result<HttpAnswerHead> receiveHead(const PeerLine& line, QByteArray& rest,
                                                 QDeadlineTimer deadline, const Limits& limits,
                                                 const Interruption& interruption);

} // namespace sockdrop
