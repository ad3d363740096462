#include "landlock.h"

#include "filedescriptor.h"
#include "journal.h"
#include "systemcalls.h"

#include <QtGlobal>

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sockdrop {

namespace {

// What newer headers than Debian 12's name.
constexpr quint64 truncating = 1ULL << 14;         // since version 3
constexpr quint64 controllingDevices = 1ULL << 15; // since version 5

constexpr quint64 landing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                            LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;
constexpr quint64 neverNeeded = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

} // namespace

bool confineThread(int folder)
{
    constexpr long withRenaming = 2;
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < withRenaming)
        return false;
    static_cast<void>(Journal::bootId()); // is read once, and lies elsewhere
    const quint64 allowed = version >= 3 ? landing | truncating : landing;
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = allowed | neverNeeded | (version >= 5 ? controllingDevices : 0);
    const SystemCalls calls;
    const FileDescriptor rules(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)), calls);
    if (!rules.isOpen())
        return false;
    landlock_path_beneath_attr below{};
    below.allowed_access = allowed;
    below.parent_fd = folder;
    return ::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0 &&
           ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_landlock_restrict_self, rules.number(), 0) == 0;
}

} // namespace sockdrop
