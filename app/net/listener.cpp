#include "listener.h"

#include "enginethread.h"

#include <vector>

namespace sockdrop {

/// The engine threads; the first one accepts for all.
class Listener::Pool final
{
public:
    Pool(const ListenOptions& options, const MakeHandler& makeHandler)
    {
        for (int i = 0; i < std::max(options.threads, 1); ++i)
            m_threads.push_back(std::make_unique<EngineThread>(options, makeHandler));
    }

    /// From the first to the last: with the first one goes who posts to the others.
    ~Pool()
    {
        for (const std::unique_ptr<EngineThread>& thread : m_threads)
            thread->stop();
    }
    Q_DISABLE_COPY_MOVE(Pool)

    Result<quint16> launch()
    {
        for (size_t i = 1; i < m_threads.size(); ++i) {
            if (Result<quint16> started = m_threads[i]->launch({}); !started)
                return started;
        }
        return m_threads.front()->launch([this](Accepted accepted) {
            m_next = (m_next + 1) % m_threads.size();
            m_threads[m_next]->post(std::move(accepted));
        });
    }

private:
    std::vector<std::unique_ptr<EngineThread>> m_threads;
    size_t m_next = 0; ///< used on the first thread only
};

Listener::Listener() = default;

Listener::~Listener() = default;

Result<quint16> Listener::listen(const ListenOptions& options, const MakeHandler& makeHandler)
{
    close();
    auto pool = std::make_unique<Pool>(options, makeHandler);
    Result<quint16> port = pool->launch();
    if (port)
        m_pool = std::move(pool);
    return port;
}

void Listener::close()
{
    m_pool.reset();
}

} // namespace sockdrop
