#include "startthread.h"

#include <system_error>

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<std::thread> startThread(std::function<void()> run)
{
    try {
        return std::thread(std::move(run));
    } catch (const std::system_error&) {
        return Error{ErrorCode::Busy, u"This device has no room for another thread."_s};
    }
}

} // namespace sockdrop
