#include "contactfixture.h"

namespace sockdrop {

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

void ContactFixture::makeDevices()
{
    m_here = std::make_unique<Device>();
    m_there = std::make_unique<Device>();
}

void ContactFixture::endAll()
{
    m_queue.reset();
    m_receiver.reset();
}

void ContactFixture::startReceiver(const Device& device, AcceptPolicy accept, Limits limits)
{
    ReceiveOptions options;
    options.deviceName = u"Desk"_s;
    options.accept = accept;
    options.takesPlain = true;
    options.identity = device.tls;
    options.knownPeers = device.knownPeers;
    options.limits = limits;
    m_offers.clear();
    m_endings.clear();
    m_receiver = std::make_unique<ReceiverFixture>();
    QVERIFY(m_receiver->startAsIs(options));
    connect(&m_receiver->receiver(), &Receiver::offersChanged, this,
            [this](const QList<OfferSnapshot>& offers) { m_offers = offers; });
    connect(&m_receiver->receiver(), &Receiver::contactEnded, this,
            [this](const OfferSnapshot& contact) { m_endings += contact.contact; });
}

void ContactFixture::makeSender(NewPeers newPeers, const QString& fingerprint, Limits limits, int jobs)
{
    SendOptions options = QueueFixture::patient();
    options.jobs = jobs;
    options.limits.pairingLifetime = limits.pairingLifetime;
    options.limits.pairingInterval = 10ms;
    options.deviceName = u"Laptop"_s;
    options.identity = m_here->tls;
    options.knownPeers = m_here->knownPeers;
    options.newPeers = newPeers;
    options.fingerprint = fingerprint;
    m_questions.clear();
    m_states.clear();
    m_queue = std::make_unique<QueueFixture>(options);
    connect(&m_queue->queue(), &UploadQueue::trustAsked, this, [this](const TrustQuestion& question) {
        m_states += question.state;
        if (question.state == ContactState::Open)
            m_questions += question;
    });
}

bool ContactFixture::waitForOffer(const std::function<bool(const OfferSnapshot&)>& isIt)
{
    return QTest::qWaitFor([&] { return !m_offers.isEmpty() && isIt(m_offers.constFirst()); }, 20'000);
}

} // namespace sockdrop
