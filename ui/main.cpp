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
    return std::any_of(arguments.begin() + 1, arguments.end(), [](std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--version" || argument == "-v";
    });
}

} // namespace

int main(int argc, char* argv[])
{
    const bool isTextOnly = asksForTextOnly({argv, static_cast<size_t>(argc)});
    const std::unique_ptr<QCoreApplication> application(isTextOnly ? new QCoreApplication(argc, argv)
                                                                   : new QApplication(argc, argv));
    QCoreApplication::setApplicationName(QStringLiteral("sockdrop"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SOCKDROP_VERSION));
    return sockdrop::runWindowProgram(QCoreApplication::arguments().sliced(1), isTextOnly);
}
