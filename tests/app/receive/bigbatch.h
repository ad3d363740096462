#pragma once

#include "nativeclient.h"
#include "receiverfixture.h"

#include <QTest>

#include <algorithm>
#include <memory>

namespace sockdrop {

/// Tests of a batch of one file that is large enough to be continued, between a client written by hand and a
/// Receiver.
class BigBatch : public QObject
{
protected:
    static constexpr qint64 bigBytes = 3 * 1024 * 1024 + 5;
    static constexpr qint64 sentBytes = 6 * chunkBytes;

    /// Opens the batch of the one big file and sends a part of it.
    [[nodiscard]] bool beginBig(NativeClient& client)
    {
        if (!client.open(NativeClient::offer(1, bigBytes)))
            return false;
        client.send(Announce{1, {NativeClient::announced(QStringLiteral("big"), bigBytes)}});
        const std::optional<Plan> plan = client.wait<Plan>();
        if (!plan || plan->want.size() != 1 || plan->want.constFirst().offset != 0)
            return false;
        client.sendChunks(1, m_big, 0, sentBytes);
        return client.waitForAck(sentBytes);
    }

    /// Sends the rest of it on a connection that is new or not, and looks at what landed.
    [[nodiscard]] bool endBig(NativeClient& client)
    {
        client.sendChunks(1, m_big, sentBytes);
        const std::optional<Landed> landed = client.wait<Landed>();
        client.send(End());
        return landed && landed->files.size() == 1 &&
               landed->files.constFirst().digest == NativeClient::digest(m_big).text() &&
               client.wait<BatchReceipt>() == BatchReceipt{1, 0, 0} && client.waitForClose() == 1000 &&
               m_fixture->content(QStringLiteral("big")) == m_big && m_fixture->partials() == 0 &&
               QTest::qWaitFor([this] { return state() == TransferState::Done; }, 20'000);
    }

    [[nodiscard]] TransferState state() const
    {
        return m_fixture->snapshots().isEmpty() ? TransferState::Waiting
                                                : m_fixture->snapshots().constLast().state;
    }

    [[nodiscard]] bool isOneUpload() const
    {
        const QList<TransferSnapshot>& all = m_fixture->snapshots();
        return std::all_of(all.begin(), all.end(),
                           [&all](const TransferSnapshot& one) { return one.id == all.constFirst().id; });
    }

    std::unique_ptr<ReceiverFixture> m_fixture;
    const QByteArray m_big = NativeClient::someBytes(bigBytes);
};

} // namespace sockdrop
