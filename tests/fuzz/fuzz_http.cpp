// The head and body of a request, as they come in piece by piece.
#include "check.h"
#include "httpparser.h"

using namespace sockdrop;

namespace {

/// Lengths at which an input is cut: all of a short one would do, but those of a long one take too long.
constexpr qsizetype steps = 16;

/// What is said of the first bytes of a request stands, whatever comes behind them.
void checkPrefix(const HttpParser& parser, QByteArrayView prefix, const HttpParser::Outcome& whole)
{
    const HttpParser::Outcome early = parser.parse(prefix);
    if (std::holds_alternative<HttpParser::Complete>(early))
        SOCKDROP_CHECK(whole == early);
    if (std::holds_alternative<HttpParser::Problem>(early))
        SOCKDROP_CHECK(std::holds_alternative<HttpParser::Problem>(whole));
    // The head was whole: it is taken now, and later never refused.
    const auto* more = std::get_if<HttpParser::NeedMore>(&early);
    if (more && more->expectsContinue) {
        SOCKDROP_CHECK(!std::holds_alternative<HttpParser::Problem>(whole));
        const auto* later = std::get_if<HttpParser::NeedMore>(&whole);
        SOCKDROP_CHECK(!later || later->expectsContinue);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    const HttpParser parser{Limits()};
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    const HttpParser::Outcome outcome = parser.parse(bytes);
    if (const auto* complete = std::get_if<HttpParser::Complete>(&outcome)) {
        SOCKDROP_CHECK(complete->length <= bytes.size());
        SOCKDROP_CHECK(complete->request.target.startsWith('/'));
        SOCKDROP_CHECK(complete->request.header("Host").has_value());
        SOCKDROP_CHECK(complete->request.headers.size() <= Limits().httpHeaderCount);
        // What follows does not change what the request is, and less than it is none.
        SOCKDROP_CHECK(parser.parse(bytes.first(complete->length)) == outcome);
        SOCKDROP_CHECK(
            !std::holds_alternative<HttpParser::Complete>(parser.parse(bytes.first(complete->length - 1))));
    }
    for (qsizetype i = 0; i <= steps; ++i)
        checkPrefix(parser, bytes.first(bytes.size() * i / steps), outcome);
    // Where lines end, a head may just have become whole.
    for (qsizetype end = bytes.indexOf('\n'), lines = 0; end >= 0 && lines < steps; ++lines) {
        checkPrefix(parser, bytes.first(end), outcome);
        checkPrefix(parser, bytes.first(end + 1), outcome);
        end = bytes.indexOf('\n', end + 1);
    }
    return 0;
}
