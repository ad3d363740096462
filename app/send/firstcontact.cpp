// How a BatchUpload finds out whom it talks to.
#include "batchupload.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<void> BatchUpload::recognise()
{
    if (m_peer.isPlain) {
        if (Result<void> allowed = m_trust.checkPlain(); !allowed)
            return allowed;
    }
    const Result<ServiceKind> kind = m_client.recognise();
    if (!kind)
        return kind.error();
    m_kind = kind.value();
    m_news.update([this](TransferSnapshot& batch) { batch.peerName = m_trust.name(); });
    return {};
}

/// First contact, over TLS: nothing of the batch is told before it is clear who is there.
Result<void> BatchUpload::meet()
{
    const bool isTrusting = m_options.newPeers == NewPeers::Trust || !m_options.fingerprint.isEmpty();
    if (!isTrusting && m_options.newPeers == NewPeers::Refuse)
        return m_trust.unknown();
    if (*m_kind != ServiceKind::Sockdrop)
        return isTrusting ? m_trust.trust({}) : m_trust.unknown();
    const Result<PeerTrust::Contact> contact = m_trust.meet(m_client);
    if (!contact) {
        // Whoever is in between would have one more guess with each further try.
        m_isForGood = true;
        return contact.error();
    }
    if (!isTrusting) {
        if (Result<void> answer = askPerson(contact.value()); !answer)
            return answer;
    }
    Result<void> trusted = m_trust.trust(contact->question.name);
    m_news.update([this](TransferSnapshot& batch) { batch.peerName = m_trust.name(); });
    return trusted;
}

Result<void> BatchUpload::askPerson(const PeerTrust::Contact& contact)
{
    TrustQuestion question = contact.question;
    question.upload = m_news.batch().id;
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Asking;
        batch.note = u"Compare the codes on both screens."_s;
    });
    {
        const std::lock_guard lock(m_mutex);
        m_isSame.reset();
    }
    m_asked(question);
    std::optional<bool> isSame;
    {
        std::unique_lock lock(m_mutex);
        m_answered.wait_for(lock, m_options.limits.pairingLifetime,
                            [this] { return m_isSame || m_controls.isCancelled; });
        isSame = m_isSame;
    }
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Preparing;
        batch.note.clear();
    });
    if (isSame.value_or(false))
        return {};
    const bool isCancelled = m_controls.isCancelled;
    m_interruption.reset(); // to say good-bye
    static_cast<void>(m_client.tellDifference(contact.pairing));
    if (isCancelled)
        return Error{ErrorCode::Cancelled, {}};
    if (!isSame)
        return Error{ErrorCode::NotTrusted, u"Nobody compared the codes in time. Nothing was sent."_s};
    return Error{
        ErrorCode::NotTrusted,
        u"The codes were not the same: what answers at %1 is not who it should be, or somebody is in "
        "between. Nothing was sent."_s.arg(m_peer.toString())};
}

void BatchUpload::answerTrust(bool isSame)
{
    const std::lock_guard lock(m_mutex);
    m_isSame = isSame;
    m_answered.notify_all();
}

} // namespace sockdrop
