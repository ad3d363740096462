#pragma once

#include "connectionhandler.h"
#include "listener.h"

#include <QStringList>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace sockdrop {

/// What the handlers of all engine threads were told, in order, one line each; read by the test.
class Record final
{
public:
    void add(const QString& line);
    [[nodiscard]] QStringList lines() const;
    /// The same, with the bytes of each message as one “received”, however the network cut them.
    [[nodiscard]] QStringList joinedLines() const;
    [[nodiscard]] qsizetype count(const QString& start) const;

    void addBytes(const QByteArray& bytes);
    void countBytes(qint64 count) { m_bytesCounted += count; }
    [[nodiscard]] qint64 bytesCounted() const { return m_bytesCounted; }
    [[nodiscard]] QByteArray bytes() const;

    /// Called when a handler is asked for an upgrade; set before that.
    void whileUpgrading(const std::function<void()>& action);
    void doWhileUpgrading() const;

private:
    mutable std::mutex m_mutex;
    std::function<void()> m_whileUpgrading;
    QStringList m_lines;
    QByteArray m_bytes;
    std::atomic<qint64> m_bytesCounted = 0;
};

/// Answers by the path: `/later` answers from the event loop, `/never` does not, everything else at once;
/// `/hungry` finds no memory.
/// Opens channels under `/upload/…`: `echo` closes with 1011 on the first bytes, `drop` destroys the channel
/// then; `count` keeps no bytes, `hungry` finds no memory for any; all send "receipt" when the peer closes.
/// Refuses other upgrades with 404.
class TestHandler final : public ConnectionHandler
{
public:
    explicit TestHandler(const std::shared_ptr<Record>& record);
    ~TestHandler() override;

    Withdrawn request(const HttpRequest& request, const RemotePeer& peer, const Reply& reply) override;
    Decision upgrade(const HttpRequest& request, const RemotePeer& peer) override;
    void refused(const QHostAddress& peer, int status, const QString& line) override;

private:
    void take(std::unique_ptr<Channel> channel, const QByteArray& target);

    std::shared_ptr<Record> m_record;
    std::vector<std::unique_ptr<Channel>> m_channels;
    QObject m_context;
};

/// A Listener of TestHandlers on this machine, on a free port.
class TestService final
{
public:
    explicit TestService(const Limits& limits = {}, int threads = 2,
                         const std::shared_ptr<const TlsContext>& tls = nullptr);

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] const Record& record() const { return *m_record; }
    [[nodiscard]] Record& record() { return *m_record; }
    void close() { m_listener.close(); }

private:
    std::shared_ptr<Record> m_record = std::make_shared<Record>();
    Listener m_listener;
    quint16 m_port = 0;
};

/// Header and masked payload of one frame from a client; `mask` all zeros.
[[nodiscard]] QByteArray clientFrame(int firstByte, const QByteArray& payload);

/// An upgrade request for the target, whole.
[[nodiscard]] QByteArray upgradeRequest(const QByteArray& target, const QByteArray& host = "127.0.0.1");

} // namespace sockdrop
