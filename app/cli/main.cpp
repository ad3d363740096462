#include "deadlysignals.h"
#include "descriptors.h"
#include "enduringapplication.h"
#include "program.h"
#include "unreadmessages.h"

#include <QCoreApplication>

#include <clocale>
#include <cstring>
#include <langinfo.h>

namespace {

/// Qt complains on stderr about a locale that is not UTF-8, the usual one of services and bare systems.
void useUtf8Locale()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0)
        qputenv("LC_ALL", "C.UTF-8");
}

} // namespace

int main(int argc, char* argv[])
{
    useUtf8Locale();
    sockdrop::surviveDeadlySignals();
    sockdrop::dropUnreadMessages();
    sockdrop::raiseDescriptorLimit();
    const sockdrop::EnduringApplication<QCoreApplication> application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("sockdrop-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SOCKDROP_VERSION));
    return static_cast<int>(sockdrop::runProgram(QCoreApplication::arguments().sliced(1)));
}
