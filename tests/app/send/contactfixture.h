#pragma once

#include "knownpeers.h"
#include "queuefixture.h"
#include "receiverfixture.h"
#include "tlscontext.h"

#include <QTest>

namespace sockdrop {

/// A machine with an identity and its list of known peers.
struct Device
{
    QTemporaryDir folder;
    std::optional<DeviceIdentity> identity;
    std::shared_ptr<const TlsContext> tls;
    std::shared_ptr<KnownPeers> knownPeers = std::make_shared<KnownPeers>(folder.path());

    Device()
    {
        Result<DeviceIdentity> loaded = DeviceIdentity::loadOrCreate(folder.path());
        if (!loaded)
            qFatal("%s", qPrintable(loaded.error().text));
        identity = std::move(loaded.value());
        tls = TlsContext::make(*identity).value();
    }

    [[nodiscard]] KnownPeer as(const QString& name, const QString& address = {}) const
    {
        return {.fingerprint = identity->fingerprint(),
                .name = name,
                .address = address,
                .isAlwaysAccepted = false,
                .addedAt = {},
                .seenAt = {}};
    }
    [[nodiscard]] std::optional<KnownPeer> known(const Device& other) const
    {
        return knownPeers->find(other.identity->fingerprint()).value();
    }
};

/// Two devices over TLS, each with its person.
class ContactFixture : public QObject
{
protected:
    void makeDevices();
    void endAll();
    void startReceiver(const Device& device, AcceptPolicy accept, Limits limits = {});
    void makeSender(NewPeers newPeers, const QString& fingerprint = {}, Limits limits = {}, int jobs = 1);
    [[nodiscard]] PeerAddress address()
    {
        return {QStringLiteral("127.0.0.1"), m_receiver->receiver().port()};
    }
    [[nodiscard]] QString hostAndPort() { return address().hostAndPort(); }
    void send()
    {
        m_queue->queue().send({m_queue->makeFile(QStringLiteral("secret.txt"), "hello")}, address());
    }
    [[nodiscard]] bool waitForOffer(const std::function<bool(const OfferSnapshot&)>& isIt);
    [[nodiscard]] bool waitForQuestion()
    {
        return QTest::qWaitFor([this] { return !m_questions.isEmpty(); }, 20'000);
    }
    [[nodiscard]] bool waitForState(ContactState state)
    {
        return QTest::qWaitFor([this, state] { return m_states.contains(state); }, 20'000);
    }
    [[nodiscard]] bool waitForEnd()
    {
        return QTest::qWaitFor([this] { return m_queue->finished() > 0; }, 20'000);
    }
    [[nodiscard]] Error failure() const { return m_queue->last().error.value_or(Error{}); }

    std::unique_ptr<Device> m_here;
    std::unique_ptr<Device> m_there;
    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;

    QList<TrustQuestion> m_questions;
    QList<ContactState> m_states;  ///< that the sender's person was shown
    QList<ContactState> m_endings; ///< that the receiver's person was told
    QList<OfferSnapshot> m_offers;
};

} // namespace sockdrop
