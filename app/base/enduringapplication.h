#pragma once

#include "logging.h"
#include "withmemory.h"

#include <QEvent>

namespace sockdrop {

/// A QCoreApplication, or one derived of it, that goes on where an event finds no memory, on any thread: what
/// Qt itself reads for one connection shall not end all others.
template <typename Application>
class EnduringApplication final : public Application
{
public:
    using Application::Application;

    bool notify(QObject* receiver, QEvent* event) override
    {
        bool isTaken = false;
        const Result<void> done = withMemory([&] { isTaken = Application::notify(receiver, event); });
        if (!done)
            qCWarning(lcNet) << "An event was dropped:" << done.error().text;
        return isTaken;
    }
};

} // namespace sockdrop
