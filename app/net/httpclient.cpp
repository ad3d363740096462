#include "httpclient.h"

#include <QDeadlineTimer>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView headEnd("\r\n\r\n");
constexpr QByteArrayView lineEnd("\r\n");
constexpr qsizetype pieceBytes = 16LL * 1024;

Error noHttp()
{
    return {ErrorCode::ProtocolError, u"What answers there does not speak HTTP."_s};
}

Error tooLong()
{
    return {ErrorCode::TooLarge, u"The answer is too long."_s};
}

bool isDigits(QByteArrayView text)
{
    return !text.isEmpty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<HttpAnswerHead> parseHead(const QByteArray& head)
{
    const QList<QByteArray> lines = head.split('\n');
    const QByteArray status = lines.first().trimmed();
    if (!status.startsWith("HTTP/1.") || status.size() < 12 || status[8] != ' ' ||
        !isDigits(status.mid(9, 3)))
        return noHttp();
    HttpAnswerHead answer;
    answer.line = status;
    answer.status = status.mid(9, 3).toInt();
    for (const QByteArray& line : lines.sliced(1)) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            answer.headers.append({line.first(colon), line.sliced(colon + 1).trimmed()});
    }
    return answer;
}

/// Content of which it is still open how much there is; more of it is fetched when it is asked for.
class Body final
{
public:
    Body(const PeerLine& line, QByteArray begin, QDeadlineTimer deadline, const Limits& limits,
         const Interruption& interruption)
        : m_line(line), m_bytes(std::move(begin)), m_deadline(deadline), m_limits(limits),
          m_interruption(interruption)
    {}

    /// Until there are so many bytes.
    Result<QByteArray> first(qsizetype size)
    {
        while (m_bytes.size() < size) {
            const Result<bool> more = fetch();
            if (!more)
                return more.error();
            if (!more.value())
                return connectionLost();
        }
        return m_bytes.first(size);
    }

    Result<QByteArray> untilEnd()
    {
        for (;;) {
            const Result<bool> more = fetch();
            if (!more)
                return more.error();
            if (!more.value())
                return m_bytes;
        }
    }

    /// RFC 9112 §7.1
    Result<QByteArray> chunked()
    {
        QByteArray content;
        for (qsizetype position = 0;;) {
            qsizetype end = -1;
            while ((end = m_bytes.indexOf(lineEnd, position)) < 0) {
                const Result<bool> more = fetch();
                if (!more || !more.value())
                    return more ? connectionLost() : more.error();
            }
            bool isNumber = false;
            const QByteArray digits =
                m_bytes.sliced(position, end - position).split(';').constFirst().trimmed();
            const qlonglong size = digits.toLongLong(&isNumber, 16);
            if (!isNumber || size < 0)
                return noHttp();
            if (size == 0)
                return content;
            if (size > m_limits.httpAnswerBytes)
                return tooLong();
            const qsizetype begin = end + lineEnd.size();
            if (const Result<QByteArray> there = first(begin + size + lineEnd.size()); !there)
                return there.error();
            content += QByteArrayView(m_bytes).sliced(begin, size);
            position = begin + size + lineEnd.size();
        }
    }

private:
    /// False: nothing more comes.
    Result<bool> fetch()
    {
        if (m_bytes.size() > m_limits.httpAnswerBytes)
            return tooLong();
        const Result<QByteArray> some = receiveSome(m_line, pieceBytes, m_deadline, m_interruption);
        if (!some)
            return some.error();
        m_bytes += some.value();
        return !some->isEmpty();
    }

    const PeerLine& m_line;
    QByteArray m_bytes;
    const QDeadlineTimer m_deadline;
    const Limits& m_limits;
    const Interruption& m_interruption;
};

Result<QByteArray> receiveBody(const HttpAnswerHead& head, Body& body, const Limits& limits)
{
    if (head.header("Transfer-Encoding").compare("chunked", Qt::CaseInsensitive) == 0)
        return body.chunked();
    const QByteArray length = head.header("Content-Length");
    if (length.isEmpty())
        return body.untilEnd();
    bool isNumber = false;
    const qlonglong size = isDigits(length) ? length.toLongLong(&isNumber) : -1;
    if (!isNumber)
        return noHttp();
    return size > limits.httpAnswerBytes ? Result<QByteArray>(tooLong()) : body.first(size);
}

Result<HttpAnswer> converse(const PeerLine& line, const HttpRequest& request,
                            std::chrono::milliseconds timeout, const Limits& limits,
                            const Interruption& interruption)
{
    const QDeadlineTimer deadline(timeout);
    QByteArray bytes = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: " + line.host +
                       "\r\nConnection: close\r\n";
    for (const HttpHeader& header : request.headers)
        bytes += header.name + ": " + header.value + "\r\n";
    if (request.method != "GET")
        bytes += "Content-Length: " + QByteArray::number(request.body.size()) + "\r\n";
    if (const Result<void> sent = sendAll(line, bytes + "\r\n" + request.body, deadline, interruption); !sent)
        return sent.error();
    QByteArray rest;
    Result<HttpAnswerHead> head(HttpAnswerHead{});
    do { // behind what is said in between (1xx) comes the answer
        head = receiveHead(line, rest, deadline, limits, interruption);
        if (!head)
            return head.error();
    } while (head->status / 100 == 1);
    Body body(line, rest, deadline, limits, interruption);
    const Result<QByteArray> content = receiveBody(head.value(), body, limits);
    if (!content)
        return content.error();
    return HttpAnswer{head->status, content.value()};
}

} // namespace

QByteArray HttpAnswerHead::header(QByteArrayView name) const
{
    for (const HttpHeader& header : headers) {
        if (header.name.compare(name, Qt::CaseInsensitive) == 0)
            return header.value;
    }
    return {};
}

Result<HttpAnswerHead> receiveHead(const PeerLine& line, QByteArray& rest, QDeadlineTimer deadline,
                                   const Limits& limits, const Interruption& interruption)
{
    constexpr QByteArrayView start("HTTP/1.");
    qsizetype end = -1;
    while ((end = rest.indexOf(headEnd)) < 0) {
        if (!start.startsWith(QByteArrayView(rest).first(std::min(rest.size(), start.size()))))
            return noHttp();
        if (rest.size() > limits.httpHeadBytes)
            return tooLong();
        const Result<QByteArray> some = receiveSome(line, pieceBytes, deadline, interruption);
        if (!some)
            return some.error();
        if (some->isEmpty())
            return Error{ErrorCode::ConnectionLost, u"The connection was closed without an answer."_s};
        rest += some.value();
    }
    const QByteArray head = rest.first(end);
    rest.remove(0, end + headEnd.size());
    return parseHead(head);
}

Result<HttpAnswer> exchange(PeerLine line, const PeerAddress& peer, const HttpRequest& request,
                            std::chrono::milliseconds timeout, const Limits& limits,
                            const Interruption& interruption)
{
    Result<HttpAnswer> answer = converse(line, request, timeout, limits, interruption);
    if (answer || answer.error().code == ErrorCode::Cancelled)
        return answer;
    return Error{answer.error().code, u"%1: %2"_s.arg(peer.toString(), answer.error().text)};
}

} // namespace sockdrop
