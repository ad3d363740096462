#pragma once

#include "connectionhandler.h"
#include "ownnames.h"
#include "programlimits.h"
#include "result.h"

#include <QHostAddress>

#include <functional>
#include <memory>

namespace sockdrop {

class TlsContext;

struct ListenOptions
{
    QHostAddress address{QHostAddress::Any};
    quint16 port = 0;                                ///< 0: any free one
    int threads = 2;                                 ///< engine threads, at least 1
    OwnNames names;                                  ///< allowed in `Host`
    std::shared_ptr<const TlsContext> tls = nullptr; ///< none: TLS is not spoken
    Limits limits;
};

/// One TCP port for everything: accepts on an engine thread, deals the descriptors out to the engine threads.
/// Used from one thread, which need not have an event loop.
class Listener final
{
public:
    /// Makes the handler of one engine thread, on that thread; never called by two of them at once.
    using MakeHandler = std::function<std::unique_ptr<ConnectionHandler>()>;

    Listener();
    /// As close().
    ~Listener();

    /// Starts threads and listens; the port that is listened on. PortInUse names the program that holds it
    /// where the system tells.
    [[nodiscard]] Result<quint16> listen(const ListenOptions& options, const MakeHandler& makeHandler);

    /// Stops accepting, destroys the handlers with their channels on their threads, cuts what connections are
    /// left and joins the threads. Idempotent.
    void close();

private:
    class Pool;

    std::unique_ptr<Pool> m_pool;
};

} // namespace sockdrop
