#include "httpmessage.h"

namespace sockdrop {

namespace {

QByteArrayView reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 421:
        return "Misdirected Request";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        return "Status"; // the phrase has no meaning, but an empty one trips some clients
    }
}

} // namespace

std::optional<QByteArray> HttpRequest::header(QByteArrayView name) const
{
    for (const HttpHeader& header : headers) {
        if (name.compare(header.name, Qt::CaseInsensitive) == 0)
            return header.value;
    }
    return std::nullopt;
}

HttpResponse HttpResponse::ofLine(int status, const QString& line)
{
    return {.status = status, .body = line.toUtf8() + '\n', .headers = {}};
}

QByteArray HttpResponse::toBytes() const
{
    QByteArray bytes = "HTTP/1.1 " + QByteArray::number(status) + ' ';
    const auto add = [&bytes](QByteArrayView name, QByteArrayView value) {
        // A line break would let the value write headers of its own.
        Q_ASSERT(!value.contains('\r') && !value.contains('\n'));
        bytes.append(name).append(": ").append(value).append("\r\n");
    };
    bytes.append(reasonPhrase(status)).append("\r\n");
    if (!contentType.isEmpty())
        add("Content-Type", contentType);
    add("Content-Length", QByteArray::number(body.size()));
    add("Connection", "close");
    add("X-Content-Type-Options", "nosniff");
    add("Cache-Control", "no-store");
    for (const HttpHeader& header : headers)
        add(header.name, header.value);
    return bytes.append("\r\n").append(body);
}

} // namespace sockdrop
