#include "foldernames.h"

#include "filedescriptor.h"
#include "systemcalls.h"

#include <dirent.h>
#include <fcntl.h>

namespace sockdrop {

void forEachName(const SystemCalls& calls, int folder, const std::function<void(const QByteArray&)>& tell)
{
    // A descriptor of its own: reading moves the position, and closedir() closes.
    const int listed = calls.openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    DIR* const stream = listed < 0 ? nullptr : ::fdopendir(listed);
    if (!stream) {
        static_cast<void>(FileDescriptor(listed, calls));
        return;
    }
    while (const dirent* entry = ::readdir(stream)) {
        const QByteArray name(entry->d_name);
        if (name != "." && name != "..")
            tell(name);
    }
    ::closedir(stream);
}

} // namespace sockdrop
