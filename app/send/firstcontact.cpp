#include "firstcontact.h"

#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// For each step of the way to the receiver.
constexpr std::chrono::milliseconds farewellTimeout = 2s;
constexpr std::chrono::milliseconds quickFarewellTimeout = 300ms;

bool isEndedHere(ContactState state)
{
    return state == ContactState::DiffersHere || state == ContactState::StoppedHere ||
           state == ContactState::TooLate;
}

} // namespace

FirstContact::FirstContact(PeerTrust& trust, const PeerRoute& route, const PeerClient& client,
                           const Limits& limits, const Ends& ends,
                           std::function<void(const TrustQuestion&)> told)
    : m_trust(trust), m_route(route), m_client(client), m_limits(limits), m_ends(ends),
      m_told(std::move(told))
{}

Result<void> FirstContact::meet(CodeAnswer own)
{
    {
        const std::lock_guard lock(m_mutex);
        m_own = own;
    }
    m_state = ContactState::Begun;
    m_deadline =
        QDeadlineTimer(m_limits.pairingLifetime); // not after the receiver's, whose time begins later
    const Result<PeerTrust::Contact> contact = m_trust.meet(m_client);
    if (!contact)
        return contact.error();
    m_contact = contact.value();
    m_state = ContactState::Open;
    if (own == CodeAnswer::Open)
        tell();
    compare();
    return outcome();
}

/// Until the offer may follow, or nothing.
void FirstContact::compare()
{
    do {
        m_state = saidHere(m_state, waitForPerson());
        if (isComparing(m_state))
            ask();
        tell();
    } while (m_state == ContactState::Open || m_state == ContactState::SameThere);
    if (isEndedHere(m_state))
        sayGoodbye();
}

/// The person's answer, or Open when it is time to look at the receiver again.
CodeAnswer FirstContact::waitForPerson()
{
    // An older receiver has nothing to say.
    const auto pause = m_contact.compares ? std::min(m_limits.pairingInterval, timeLeft()) : timeLeft();
    std::unique_lock lock(m_mutex);
    m_answered.wait_for(lock, pause, [this] { return m_own != CodeAnswer::Open || m_ends.isCancelled; });
    if (m_ends.isCancelled)
        return CodeAnswer::Stopped;
    return m_deadline.hasExpired() ? CodeAnswer::Late : m_own;
}

/// Tells the receiver what was said here, and hears what was said there.
void FirstContact::ask()
{
    if (!m_contact.compares) {
        m_state = saidThere(m_state, answerHere(m_state));
        return;
    }
    const Result<CodeAnswer> there = m_client.compare(m_contact.pairing, answerHere(m_state));
    if (there)
        m_state = saidThere(m_state, there.value());
    else if (there.error().code == ErrorCode::Declined || there.error().code == ErrorCode::NotTrusted)
        m_state = saidThere(m_state, m_deadline.hasExpired() ? CodeAnswer::Late : CodeAnswer::Stopped);
    // Else the line is bad: there is time for more tries.
}

Result<QByteArray> FirstContact::conclude(const Result<QByteArray>& token)
{
    if (!isWaiting())
        return token;
    if (token)
        m_state = ContactState::Same;
    else if (m_ends.isCancelled)
        m_state = saidHere(m_state, CodeAnswer::Stopped);
    else
        ask();
    if (isWaiting() && m_deadline.hasExpired())
        m_state = ContactState::TooLate;
    tell();
    if (isEndedHere(m_state))
        sayGoodbye();
    const Result<void> ended = outcome();
    return ended ? token : ended.error();
}

Result<void> FirstContact::outcome()
{
    if (m_state == ContactState::Same)
        return m_trust.trust(m_contact.question.name);
    return isWaiting() ? Result<void>() : failure();
}

Error FirstContact::failure() const
{
    const QString& name = m_contact.question.name;
    const QString there = name.isEmpty() ? m_contact.question.address : u"“%1”"_s.arg(name);
    switch (m_state) {
    case ContactState::DiffersHere:
        return {ErrorCode::NotTrusted,
                u"The codes don't match: what answers at %1 is not who it should be, or somebody is in "
                "between. No file was sent."_s.arg(m_contact.question.address)};
    case ContactState::DiffersThere:
        return {ErrorCode::NotTrusted,
                u"%1 says that the codes don't match: somebody may be in between. No file was sent."_s.arg(
                    there)};
    case ContactState::TooLate:
        return {ErrorCode::NotTrusted,
                u"Took too long: the code was not confirmed on both devices in time. No file was sent."_s};
    case ContactState::StoppedThere:
        return {ErrorCode::Declined, u"%1 declined. No file was sent."_s.arg(there)};
    default:
        return {ErrorCode::Cancelled, {}};
    }
}

void FirstContact::tell()
{
    // Whom nobody is asked about, and who is let in at once, needs no word.
    const bool isShown = m_contact.question.state != ContactState::Begun;
    if (m_state == m_contact.question.state || (m_state == ContactState::Same && !isShown))
        return;
    m_contact.question.state = m_state;
    m_told(m_contact.question);
}

std::chrono::milliseconds FirstContact::timeLeft() const
{
    return std::chrono::milliseconds(std::max<qint64>(0, m_deadline.remainingTime()));
}

void FirstContact::answer(bool isSame)
{
    const std::lock_guard lock(m_mutex);
    m_own = isSame ? CodeAnswer::Same : CodeAnswer::Differs;
    m_answered.notify_all();
}

void FirstContact::wake()
{
    const std::lock_guard lock(m_mutex);
    m_answered.notify_all();
}

void FirstContact::sayGoodbye() const
{
    Limits limits = m_limits;
    limits.connectTimeout = m_ends.isCut ? quickFarewellTimeout : farewellTimeout;
    Interruption none; // the upload's is set
    const PeerClient client(m_route, limits, none);
    static_cast<void>(client.compare(m_contact.pairing, answerHere(m_state)));
}

} // namespace sockdrop
