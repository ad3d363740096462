#pragma once

#include <QIODevice>
#include <QSocketNotifier>

#include <chrono>
#include <deque>

namespace sockdrop {

/// Standard output or error as a device that keeps nobody waiting: what the other end does not take yet waits
/// here, and while that is too much, what comes is dropped and counted. One write is one line. Needs an event
/// loop, or flush().
class PatientDevice final : public QIODevice
{
    Q_OBJECT

public:
    /// What may wait.
    struct Most
    {
        size_t lines = 100'000;
        qint64 bytes = 64LL * 1024 * 1024;
    };

    /// `descriptor` stays open, and what it is.
    explicit PatientDevice(int descriptor) : PatientDevice(descriptor, Most()) {}
    PatientDevice(int descriptor, const Most& most);

    [[nodiscard]] bool isSequential() const override { return true; }
    [[nodiscard]] qint64 bytesToWrite() const override { return m_waitingBytes; }

    /// Writes all that waits; false when the other end took nothing for `patience`. Negative: as long as it
    /// takes.
    bool flush(std::chrono::milliseconds patience);

    /// Something could not be written, as on a full disk.
    [[nodiscard]] bool hasFailed() const { return m_hasFailed; }

Q_SIGNALS:
    /// Everything before was written; in this place so many lines were dropped.
    void missed(qint64 lines);

protected:
    qint64 readData(char*, qint64) override { return -1; }
    qint64 writeData(const char* bytes, qint64 size) override;

private:
    void writeWaiting();
    [[nodiscard]] bool writeSome();
    [[nodiscard]] bool isReady(std::chrono::milliseconds patience) const;

    const int m_descriptor;
    const Most m_most;
    std::deque<QByteArray> m_waiting;
    qsizetype m_begun = 0; ///< bytes of the first one that are written
    qint64 m_waitingBytes = 0;
    qint64 m_missed = 0;
    bool m_hasFailed = false;
    QSocketNotifier m_notifier;
};

} // namespace sockdrop
