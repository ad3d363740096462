#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace sockdrop {

struct HttpHeader
{
    QByteArray name;
    QByteArray value;

    bool operator==(const HttpHeader&) const = default;
};

/// A whole request (RFC 9112), as HttpParser found it well-formed.
struct HttpRequest
{
    QByteArray method;
    QByteArray target; ///< origin form: starts with `/`
    QList<HttpHeader> headers;
    QByteArray body;

    /// The one value of a header, whatever its case; nothing when it is absent. The parser refuses a second
    /// `Host`, `Content-Length`, `Origin` or `Upload-Length`.
    [[nodiscard]] std::optional<QByteArray> header(QByteArrayView name) const;

    bool operator==(const HttpRequest&) const = default;
};

/// An answer; always sent with `Content-Length` and `Connection: close`.
struct HttpResponse
{
    int status = 200;
    QByteArray body;
    QByteArray contentType = "text/plain; charset=utf-8";
    QList<HttpHeader> headers; ///< further ones (`Allow`, …)

    /// One line of text.
    [[nodiscard]] static HttpResponse ofLine(int status, const QString& line);

    [[nodiscard]] QByteArray toBytes() const;

    bool operator==(const HttpResponse&) const = default;
};

} // namespace sockdrop
