#include "patientdevice.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace sockdrop {

using namespace std::chrono_literals;

PatientDevice::PatientDevice(int descriptor, const Most& most)
    : m_descriptor(descriptor), m_most(most), m_notifier(descriptor, QSocketNotifier::Write)
{
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &PatientDevice::writeWaiting);
    open(WriteOnly | Unbuffered);
}

qint64 PatientDevice::writeData(const char* bytes, qint64 size)
{
    if (m_missed > 0 || m_waiting.size() >= m_most.lines || m_waitingBytes + size > m_most.bytes) {
        ++m_missed;
        return size;
    }
    m_waiting.emplace_back(bytes, size);
    m_waitingBytes += size;
    setErrorString({});
    writeWaiting();
    return errorString().isEmpty() ? size : -1;
}

void PatientDevice::writeWaiting()
{
    while (!m_waiting.empty() && isReady(0ms) && writeSome()) {
    }
    m_notifier.setEnabled(!m_waiting.empty());
    if (m_waiting.empty() && m_missed > 0)
        Q_EMIT missed(std::exchange(m_missed, 0)); // after which more may be written here
}

/// Never more than a pipe takes at once when poll() says that it takes something; false: not now, or never.
bool PatientDevice::writeSome()
{
    const QByteArray& line = m_waiting.front();
    const size_t left = static_cast<size_t>(line.size() - m_begun);
    const ssize_t count = ::write(m_descriptor, line.constData() + m_begun, std::min<size_t>(left, PIPE_BUF));
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (count < 0) { // closed, full: nobody will have it
        setErrorString(QString::fromLocal8Bit(std::strerror(errno)));
        m_hasFailed = true;
        m_waiting.clear();
        m_begun = m_waitingBytes = 0;
        return false;
    }
    m_begun += count;
    m_waitingBytes -= count;
    if (m_begun < line.size())
        return true;
    m_waiting.pop_front();
    m_begun = 0;
    return true;
}

bool PatientDevice::isReady(std::chrono::milliseconds patience) const
{
    pollfd wait{m_descriptor, POLLOUT, 0};
    return ::poll(&wait, 1, static_cast<int>(patience.count())) > 0;
}

bool PatientDevice::flush(std::chrono::milliseconds patience)
{
    while (!m_waiting.empty()) {
        if (!isReady(patience))
            return false;
        writeWaiting();
    }
    return true;
}

} // namespace sockdrop
