#pragma once

#include <QCoreApplication>

namespace sockdrop {

/// Translation context of everything the command line says.
struct Cli
{
    Q_DECLARE_TR_FUNCTIONS(Cli)
};

} // namespace sockdrop
