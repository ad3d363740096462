#include "homefolder.h"

#include "messages.h"

#include <QtGlobal>

#include <pwd.h>
#include <unistd.h>

namespace sockdrop {

Result<void> findHomeFolder()
{
    if (!qEnvironmentVariableIsEmpty("HOME"))
        return {};
    const passwd* user = ::getpwuid(::getuid());
    if (user && *user->pw_dir != '\0') {
        qputenv("HOME", user->pw_dir);
        return {};
    }
    if (!qEnvironmentVariableIsEmpty("XDG_DATA_HOME") && !qEnvironmentVariableIsEmpty("XDG_CONFIG_HOME"))
        return {};
    return Error{ErrorCode::NotFound, Cli::tr("This user has no home folder: set HOME.")};
}

} // namespace sockdrop
