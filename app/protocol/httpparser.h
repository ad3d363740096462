#pragma once

#include "httpmessage.h"
#include "programlimits.h"

#include <QByteArrayView>
#include <QString>

#include <optional>
#include <variant>

namespace sockdrop {

/// Reads one HTTP/1.1 request (RFC 9112) out of the bytes that came so far. Pure: it consumes nothing, so the
/// caller peeks and asks again with more. Stricter than the RFC wherever leniency lets two readers disagree.
class HttpParser final
{
public:
    /// The request is not whole yet.
    struct NeedMore
    {
        bool expectsContinue =
            false; ///< the client holds the body back until it gets a 100 (RFC 9110 §10.1.1)

        bool operator==(const NeedMore&) const = default;
    };

    struct Complete
    {
        HttpRequest request;
        qsizetype length = 0; ///< bytes of head and body

        bool operator==(const Complete&) const = default;
    };

    /// Never will be a request that is answered.
    struct Problem
    {
        int status = 400;
        QString line; ///< one sentence for the client and the log

        bool operator==(const Problem&) const = default;
    };

    using Outcome = std::variant<NeedMore, Complete, Problem>;

    explicit HttpParser(const Limits& limits) : m_limits(limits) {}

    [[nodiscard]] Outcome parse(QByteArrayView bytes) const;

private:
    [[nodiscard]] std::optional<Problem> checkSizes(QByteArrayView bytes, qsizetype headEnd) const;
    [[nodiscard]] std::optional<Problem> readHead(QByteArrayView head, HttpRequest& request) const;

    Limits m_limits;
};

} // namespace sockdrop
