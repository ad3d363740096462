#include "originmark.h"

#include "filewriter.h"
#include "systemcalls.h"

#include <array>

namespace sockdrop {

QByteArray markOf(const SystemCalls& calls, int folder, const QByteArray& name)
{
    std::array<char, 64> value{};
    const ssize_t size =
        calls.getxattrat(folder, name.constData(), sourceAttribute, value.data(), value.size());
    return size > 0 ? QByteArray(value.data(), size) : QByteArray();
}

} // namespace sockdrop
