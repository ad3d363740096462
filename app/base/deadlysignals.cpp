#include "deadlysignals.h"

#include <csignal>

namespace sockdrop {

void surviveDeadlySignals()
{
    // Not SIG_IGN, which whoever is started from here would inherit.
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGPIPE, SIGXFSZ})
        ::sigaction(signal, &action, nullptr);
}

} // namespace sockdrop
