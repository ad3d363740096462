#include "deadlysignals.h"
#include "descriptors.h"
#include "enduringapplication.h"
#include "windowprogram.h"

#include <QApplication>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

namespace {

/// These need no display, and must work where there is none.
bool asksForTextOnly(std::span<char*> arguments)
{
    const auto end = std::find(arguments.begin() + 1, arguments.end(), std::string_view("--"));
    return std::any_of(arguments.begin() + 1, end, [](std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--version" || argument == "-v";
    });
}

/// QApplication aborts where it finds no display.
bool hasDisplay(std::span<char*> arguments)
{
#if defined(Q_OS_UNIX) && !defined(Q_OS_DARWIN)
    const auto isSet = [](const char* name) { return !qEnvironmentVariableIsEmpty(name); };
    return isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") || isSet("QT_QPA_PLATFORM") ||
           std::find(arguments.begin() + 1, arguments.end(), std::string_view("-platform")) !=
               arguments.end();
#else
    Q_UNUSED(arguments)
    return true;
#endif
}

} // namespace

int main(int argc, char* argv[])
{
    sockdrop::surviveDeadlySignals();
    sockdrop::raiseDescriptorLimit();
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    const bool isTextOnly = arguments.empty() || asksForTextOnly(arguments) || !hasDisplay(arguments);
    using sockdrop::EnduringApplication;
    const std::unique_ptr<QCoreApplication> application(
        isTextOnly ? new QCoreApplication(argc, argv) : new EnduringApplication<QApplication>(argc, argv));
    QCoreApplication::setApplicationName(QStringLiteral("sockdrop"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SOCKDROP_VERSION));
    return sockdrop::runWindowProgram(QCoreApplication::arguments().sliced(1), isTextOnly);
}
