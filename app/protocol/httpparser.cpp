#include "httpparser.h"

#include <algorithm>
#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

using Problem = HttpParser::Problem;

constexpr QByteArrayView lineEnd("\r\n");
constexpr QByteArrayView headEndMark("\r\n\r\n");

// A second one of these would leave open which of them counts.
constexpr std::array singleHeaders{"Host",    "Content-Length", "Content-Type",      "Origin",
                                   "Expect",  "Upload-Length",  "Sec-WebSocket-Key", "Sec-WebSocket-Version",
                                   "Upgrade", "Sec-Fetch-Site", "Sec-Fetch-Mode"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// RFC 9110 §5.6.2
bool isTokenChar(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

/// Visible characters of ASCII without `#`: what a request target may hold.
bool isTargetChar(char c)
{
    return c > ' ' && c < '\x7f' && c != '#';
}

/// RFC 9110 §5.5: no control characters but the tab.
bool isValueChar(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return (code >= ' ' && code != 0x7f) || c == '\t';
}

QByteArrayView withoutBlanks(QByteArrayView text)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.isEmpty() && isBlank(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isBlank(text.back()))
        text.chop(1);
    return text;
}

std::optional<Problem> readRequestLine(QByteArrayView line, HttpRequest& request)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (first < 0 || first == last || !isToken(line.first(first)))
        return Problem{400, u"The request line is not “METHOD TARGET HTTP/1.1”."_s};
    const QByteArrayView version = line.sliced(last + 1);
    if (version != "HTTP/1.1") {
        const bool isOtherVersion = version.size() == 8 && version.startsWith("HTTP/") &&
                                    isDigit(version[5]) && version[6] == '.' && isDigit(version[7]);
        if (isOtherVersion)
            return Problem{505, u"Only HTTP/1.1 is spoken here."_s};
        return Problem{400, u"The request line does not end with an HTTP version."_s};
    }
    const QByteArrayView target = line.sliced(first + 1, last - first - 1);
    if (!target.startsWith('/') || !std::all_of(target.begin(), target.end(), isTargetChar))
        return Problem{400, u"The request target is not a path."_s};
    request.method = line.first(first).toByteArray();
    request.target = target.toByteArray();
    return std::nullopt;
}

std::optional<Problem> readHeader(QByteArrayView line, HttpRequest& request)
{
    if (line.startsWith(' ') || line.startsWith('\t'))
        return Problem{400, u"A header is folded over several lines."_s};
    const qsizetype colon = line.indexOf(':');
    if (colon < 0 || !isToken(line.first(colon)))
        return Problem{400, u"A header line is not “Name: value”."_s};
    const QByteArrayView value = withoutBlanks(line.sliced(colon + 1));
    if (!std::all_of(value.begin(), value.end(), isValueChar))
        return Problem{400, u"A header value holds a control character."_s};
    request.headers.append({line.first(colon).toByteArray(), value.toByteArray()});
    return std::nullopt;
}

std::optional<Problem> checkHeaders(const HttpRequest& request)
{
    for (const char* name : singleHeaders) {
        const auto isNamed = [name](const HttpHeader& header) {
            return header.name.compare(name, Qt::CaseInsensitive) == 0;
        };
        if (std::count_if(request.headers.begin(), request.headers.end(), isNamed) > 1)
            return Problem{400, u"The header %1 is given twice."_s.arg(QLatin1StringView(name))};
    }
    if (!request.header("Host"))
        return Problem{400, u"The header Host is missing."_s};
    if (request.header("Transfer-Encoding"))
        return Problem{501, u"Transfer codings are not supported; send a Content-Length."_s};
    return std::nullopt;
}

/// The body's announced size: at least 0, or -1 for no number, or one above `limit` for any number above it.
qint64 contentLength(const HttpRequest& request, qint64 limit)
{
    const std::optional<QByteArray> text = request.header("Content-Length");
    if (!text)
        return 0;
    if (text->isEmpty() || !std::all_of(text->begin(), text->end(), isDigit))
        return -1;
    qint64 length = 0;
    for (const char digit : *text) {
        length = length * 10 + (digit - '0');
        if (length > limit)
            return limit + 1; // stops before it can overflow
    }
    return length;
}

} // namespace

HttpParser::Outcome HttpParser::parse(QByteArrayView bytes) const
{
    const qsizetype headEnd = bytes.indexOf(headEndMark);
    if (const std::optional<Problem> problem = checkSizes(bytes, headEnd))
        return *problem;
    if (headEnd < 0)
        return NeedMore{};

    HttpRequest request;
    if (const std::optional<Problem> problem = readHead(bytes.first(headEnd), request))
        return *problem;

    const qint64 bodySize = contentLength(request, m_limits.httpBodyBytes);
    if (bodySize < 0)
        return Problem{400, u"The Content-Length is not a number."_s};
    if (bodySize > m_limits.httpBodyBytes)
        return Problem{413, u"The body is larger than %1 bytes."_s.arg(m_limits.httpBodyBytes)};
    const qsizetype headSize = headEnd + headEndMark.size();
    if (bytes.size() - headSize < bodySize) {
        const QByteArray expect = request.header("Expect").value_or(QByteArray());
        return NeedMore{expect.compare("100-continue", Qt::CaseInsensitive) == 0};
    }
    request.body = bytes.sliced(headSize, bodySize).toByteArray();
    return Complete{request, headSize + bodySize};
}

/// What can be said of a head that need not be whole, so that an endless or foreign one is answered early.
std::optional<Problem> HttpParser::checkSizes(QByteArrayView bytes, qsizetype headEnd) const
{
    const QByteArrayView head = headEnd < 0 ? bytes : bytes.first(headEnd + headEndMark.size());
    qsizetype lineStart = 0;
    while (lineStart < head.size()) {
        const qsizetype newLine = head.indexOf('\n', lineStart);
        if (newLine == 0 || (newLine > 0 && head[newLine - 1] != '\r'))
            return Problem{400, u"A line does not end with CR LF."_s};
        const qsizetype next = newLine < 0 ? head.size() : newLine + 1;
        if (next - lineStart > m_limits.httpLineBytes)
            return Problem{431, u"A line of the head is longer than %1 bytes."_s.arg(m_limits.httpLineBytes)};
        lineStart = next;
    }
    if (head.size() > m_limits.httpHeadBytes)
        return Problem{431, u"The head is larger than %1 bytes."_s.arg(m_limits.httpHeadBytes)};
    return std::nullopt;
}

std::optional<Problem> HttpParser::readHead(QByteArrayView head, HttpRequest& request) const
{
    const qsizetype firstEnd = head.indexOf(lineEnd);
    std::optional<Problem> problem = readRequestLine(firstEnd < 0 ? head : head.first(firstEnd), request);
    qsizetype start = firstEnd < 0 ? head.size() : firstEnd + lineEnd.size();
    while (!problem && start < head.size()) {
        if (request.headers.size() == m_limits.httpHeaderCount)
            return Problem{431, u"There are more than %1 headers."_s.arg(m_limits.httpHeaderCount)};
        const qsizetype found = head.indexOf(lineEnd, start);
        const qsizetype end = found < 0 ? head.size() : found;
        problem = readHeader(head.sliced(start, end - start), request);
        start = end + lineEnd.size();
    }
    return problem ? problem : checkHeaders(request);
}

} // namespace sockdrop
