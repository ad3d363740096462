#pragma once

#include <QEventLoop>

#include <mutex>

namespace sockdrop {

/// Lets another thread end the event loops in which one thread waits for the network.
class Interruption final
{
public:
    /// From any thread: ends the loop that runs, and every later one at once. Once set, it stays so until
    /// reset().
    void set()
    {
        const std::lock_guard lock(m_mutex);
        m_isSet = true;
        if (m_loop)
            QMetaObject::invokeMethod(m_loop, &QEventLoop::quit, Qt::QueuedConnection);
    }

    void reset()
    {
        const std::lock_guard lock(m_mutex);
        m_isSet = false;
    }

    [[nodiscard]] bool isSet() const
    {
        const std::lock_guard lock(m_mutex);
        return m_isSet;
    }

    /// Runs the loop until it quits or set() is called.
    void exec(QEventLoop& loop)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_isSet)
                return;
            m_loop = &loop;
        }
        loop.exec();
        const std::lock_guard lock(m_mutex);
        m_loop = nullptr;
    }

private:
    mutable std::mutex m_mutex;
    QEventLoop* m_loop = nullptr;
    bool m_isSet = false;
};

} // namespace sockdrop
