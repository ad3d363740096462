#pragma once

#include "framestream.h"
#include "programlimits.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>

namespace sockdrop {

/// An accepted connection until its first byte is there, which tells TLS from HTTP. Nothing is read.
class Arrival final : public QObject
{
    Q_OBJECT

public:
    /// `permit` is held as long as the socket is here.
    Arrival(SocketDescriptor socket, std::shared_ptr<void> permit, const Limits& limits, QObject* parent);

    [[nodiscard]] SocketDescriptor takeSocket();
    [[nodiscard]] std::shared_ptr<void> permit() const { return m_permit; }

Q_SIGNALS:
    /// Once; what is nobody's then is closed. `isTls`: the first byte begins a TLS record.
    void told(bool isTls);
    /// Once, instead: the peer went away, or said nothing for Limits::firstByteTimeout.
    void silent(bool isTimeout);

private:
    void look();
    void stop();

    std::shared_ptr<void> m_permit;
    SocketDescriptor m_socket;
    QSocketNotifier m_notifier;
    QTimer m_timer;
};

} // namespace sockdrop
