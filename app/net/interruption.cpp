#include "interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace sockdrop {

Interruption::~Interruption()
{
    release();
}

int Interruption::descriptor() const
{
    const std::lock_guard lock(m_mutex);
    if (m_descriptor < 0)
        m_descriptor = ::eventfd(m_isSet ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    return m_descriptor;
}

void Interruption::release()
{
    const std::lock_guard lock(m_mutex);
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

void Interruption::set()
{
    const std::lock_guard lock(m_mutex);
    m_isSet = true;
    if (m_descriptor >= 0)
        ::eventfd_write(m_descriptor, 1);
    if (m_loop)
        QMetaObject::invokeMethod(m_loop, &QEventLoop::quit, Qt::QueuedConnection);
}

void Interruption::reset()
{
    const std::lock_guard lock(m_mutex);
    m_isSet = false;
    eventfd_t count = 0;
    if (m_descriptor >= 0)
        ::eventfd_read(m_descriptor, &count);
}

bool Interruption::isSet() const
{
    const std::lock_guard lock(m_mutex);
    return m_isSet;
}

void Interruption::exec(QEventLoop& loop)
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

} // namespace sockdrop
