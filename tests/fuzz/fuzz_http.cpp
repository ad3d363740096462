// The head and body of a request, as they come in piece by piece.
#include "check.h"
#include "httpparser.h"

using namespace sockdrop;

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
    // A head that was refused is never taken when more of it comes.
    const qsizetype half = bytes.size() / 2;
    if (std::holds_alternative<HttpParser::Problem>(parser.parse(bytes.first(half))))
        SOCKDROP_CHECK(std::holds_alternative<HttpParser::Problem>(outcome));
    return 0;
}
